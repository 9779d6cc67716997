"""Files for the browser tests, and what people do with them on a page."""

from playwright.sync_api import FilePayload, Locator, Page

from tests.browser.drawing import photo, video
from tests.browser.people import Crowd, Reporter, Responder


def photo_file(name: str = "IMG_4711.jpg", content: bytes | None = None) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content or photo()}


def video_file(name: str = "VID_0815.mp4") -> FilePayload:
    return {"name": name, "mimeType": "video/mp4", "buffer": video()}


def choose(page: Page | Locator, *files: FilePayload) -> None:
    """Choose files the way the page offers first."""
    picker = page.locator("attachment-picker").first
    picker.locator("summary").first.click()
    picker.locator("input[type=file][data-from=files]").set_input_files(list(files))


def items(page: Page | Locator) -> Locator:
    """Return the files that are chosen or on their way."""
    return page.locator(".enclose__item")


def pictures(page: Page | Locator) -> Locator:
    """Return the previews in the conversation."""
    return page.locator(".attachment [data-part=preview]")


def is_drawn(picture: Locator) -> bool:
    """Whether the browser could decode it."""
    return bool(picture.evaluate("async image => (await image.decode(), image.naturalWidth > 0)"))


def both(crowd: Crowd, category: str = "bullying") -> tuple[Reporter, Responder, str]:
    """Return Mia in her room, and Ana who has claimed it, with its number."""
    told, ana = crowd.told(category=category), crowd.responder("ana")
    mia = crowd.returned(told)
    ana.take(told.number)
    return mia, ana, told.number
