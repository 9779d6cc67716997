"""Keeping from a page what it asks for, until the test lets it come."""

from collections.abc import Callable

from playwright.sync_api import Page, Route


class Held:
    """What a page asked for at an address, and waits for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.routes: list[Route] = []

    def keep(self, route: Route) -> None:
        self.routes.append(route)

    def wait(self, number: int = 1) -> None:
        """Until so many are asked for. Playwright tells of a request before it is held: that would be too early."""
        wait_until(self.page, lambda: len(self.routes) >= number)
        assert len(self.routes) >= number, "the page does not ask for it"

    def let_go(self) -> None:
        self.wait()
        for route in self.routes:
            route.continue_()

    def drop(self) -> None:
        """What is held never comes; asked for again, it does."""
        self.wait()
        with self.page.expect_event("requestfailed"):
            for route in self.routes:
                route.abort()

    def lose_answer(self) -> None:
        """What is held gets there, and nobody hears of it."""
        self.wait()
        with self.page.expect_event("requestfailed"):
            for route in self.routes:
                route.fetch(max_redirects=0)
                route.abort()

    def lose(self) -> None:
        """What is held, and whatever the page asks for in its place, never comes."""
        self.wait()
        for route in self.routes:
            self.page.route(route.request.url, lambda route: route.abort())
        self.drop()


def hold(page: Page, address: str, times: int | None = None) -> Held:
    """Keep what the page asks for there from coming, the first `times` or always."""
    held = Held(page)
    page.route(address, held.keep, times=times)
    return held


def hold_pieces(page: Page) -> Held:
    """Let no piece of a file get anywhere until the first is let go."""
    held = Held(page)
    page.route("**/attachments/*", once_a_piece(held.keep))
    return held


def once_a_piece(answer: Callable[[Route], object]) -> Callable[[Route], None]:
    """Have the first piece of a file that is sent answered so; all else goes through."""
    met: list[Route] = []

    def handle(route: Route) -> None:
        if route.request.method != "PATCH" or met:
            route.continue_()
            return
        met.append(route)
        answer(route)

    return handle


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Let the page go on until it holds, or for half a minute; whoever waits looks whether it does."""
    for _ in range(1_500):
        if holds():
            break
        page.wait_for_timeout(20)
