"""What a screen reader would say by itself: what changes in places that are live, each time that it does."""

from playwright.sync_api import Page

LISTEN = """() => {
  globalThis.saidAloud = []
  const LIVE = "[role=status], [role=alert], [role=log]"
  const isOff = (place) => place.closest("[aria-live]")?.getAttribute("aria-live") === "off"
  const listen = (changes) => {
    const elements = changes.map(({ target }) => target.closest ? target : target.parentElement)
    for (const place of new Set(elements.map((each) => each?.closest(LIVE)))) {
      if (place?.checkVisibility() && !isOff(place)) saidAloud.push(place.innerText)
    }
  }
  new MutationObserver(listen).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["hidden"],
  })
}"""


def listen(page: Page) -> None:
    """From now on, in the page that stands here."""
    page.evaluate(LISTEN)


def said_aloud(page: Page) -> list[str]:
    """Return what was said since, a place whole each time."""
    said: list[str] = page.evaluate("saidAloud")
    return said
