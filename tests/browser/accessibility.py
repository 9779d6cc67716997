"""axe-core, run beside the page: in a world of its own, so that the page's policy stays as it is."""

import json
from functools import cache
from typing import Any

from playwright.sync_api import Frame, Page

from tests.server import CHECKOUT

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
CONTRASTS = ("color-contrast", "color-contrast-enhanced")
"""Below 4.5:1, and from there to 7:1; for large words below 3:1, and from there to 4.5:1."""
# Over a gradient axe measures no contrast and says nothing: the page's lamp is made flat, once in
# the colour around it and once in its own. A gradient or a picture anywhere else counts as found.
LOOK = """async (onlyColours) => {
  const body = document.body.style
  const frame = () => new Promise((done) => requestAnimationFrame(done))
  const moves = () => document.getAnimations().filter(
    (each) => each.playState === "running" && each.effect.getTiming().iterations !== Infinity)
  // A colour that changes moves on to what inherits it, a frame later each time.
  const settle = async () => {
    for (let still = 0, n = 0; still < 3 && n < 90; n += 1) {
      await frame()
      still = moves().length > 0 ? 0 : still + 1
    }
  }
  const unmeasured = (node) => node.any.some(({ data }) => ["bgGradient", "bgImage"].includes(data?.messageKey))
  const look = async (only) => {
    const { violations, incomplete } = await axe.run(document, {
      runOnly: only, rules: { "color-contrast-enhanced": { enabled: true } },
      resultTypes: ["violations", "incomplete"], iframes: false,
    })
    const blind = incomplete.filter((each) => CONTRASTS.includes(each.id))
      .map((each) => ({ ...each, nodes: each.nodes.filter(unmeasured) }))
    return [...violations, ...blind].flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} (${node.failureSummary})`))
  }
  await settle()
  const lit = getComputedStyle(document.body).backgroundImage !== "none"
  body.backgroundImage = "none"
  const ofColours = axe.getRules(TAGS).filter(({ tags }) => tags.includes("cat.color")).map(({ ruleId }) => ruleId)
  const found = await look(onlyColours
    ? { type: "rule", values: [...new Set([...ofColours, ...CONTRASTS])] } : { type: "tag", values: TAGS })
  if (lit) {
    body.backgroundColor = "var(--lamp)"
    await settle()
    found.push(...(await look({ type: "rule", values: CONTRASTS })))
  }
  body.backgroundImage = body.backgroundColor = ""
  return found
}""".replace("TAGS", json.dumps(TAGS)).replace("CONTRASTS", json.dumps(CONTRASTS))


def violations(page: Page | Frame, *, only_colours: bool = False) -> list[str]:
    """Return what axe finds wrong with the page, or a frame of another site, as it stands: one line a finding."""
    context_of_page = page.page.context if isinstance(page, Frame) else page.context
    session = context_of_page.new_cdp_session(page)
    try:
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
        context = world["executionContextId"]
        if _evaluate(session, context, "matchMedia('(scripting: none)').matches"):
            # Axe's own promises would never be kept. (First off, as this session has not switched
            # anything yet, and would see nothing to do.) Never in a page with scripts: a module that
            # arrives while they are off is taken for empty.
            session.send("Emulation.setScriptExecutionDisabled", {"value": True})
            session.send("Emulation.setScriptExecutionDisabled", {"value": False})
        # It stays for as long as the page.
        if not _evaluate(session, context, "'axe' in globalThis"):
            _evaluate(session, context, _axe())
        found: list[str] = _evaluate(session, context, f"({LOOK})({json.dumps(only_colours)})")
    finally:
        session.detach()
    return found


@cache
def _axe() -> str:
    source = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
    return source.read_text() + "\n;undefined"


def _evaluate(session: Any, context: int, expression: str) -> Any:
    answer = session.send(
        "Runtime.evaluate",
        {
            "expression": expression,
            "contextId": context,
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")
