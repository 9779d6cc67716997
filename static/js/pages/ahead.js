// While somebody reads or writes, what the next pages are made of comes into the browser's cache: then a weak signal is in
// nobody's way. Fetched, not preloaded: a module whose preload failed would be missing for as long as the page stands.
// Safari's private windows have no cache that would keep it: there it would all come twice.

/** The connection stays free for what somebody waits for. */
const AT_ONCE = 4
/** A line that swallows everything must not keep a connection from whoever presses a button. */
const DEADLINE_MS = 20_000

const named = document.querySelector("script[data-ahead]")
/** Shared: each takes what comes next. @type {Iterator<string>} */
const addresses = JSON.parse(named?.textContent ?? "[]").values()

if (document.readyState === "complete") begin()
else addEventListener("load", begin)

async function begin() {
  if (!(await isKept())) return
  for (let n = 0; n < AT_ONCE; n += 1) fetchOn()
}

/** Whether what is there already needs not come again. */
function isKept() {
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      const [again] = list.getEntriesByName(import.meta.url)
      if (!(again instanceof PerformanceResourceTiming)) return
      observer.disconnect()
      resolve(again.transferSize === 0)
    })
    observer.observe({ type: "resource" })
    take(import.meta.url).catch(() => resolve(false))
  })
}

async function fetchOn() {
  for (let next = addresses.next(); !next.done; next = addresses.next()) {
    try {
      await take(next.value)
    } catch {
      return // The line is bad: the page that needs it asks again, and says so if it does not come.
    }
  }
}

/** To its end: what was not read to its end is not kept. @param {string} address */
async function take(address) {
  const answer = await fetch(address, { priority: "low", signal: AbortSignal.timeout(DEADLINE_MS) })
  await answer.blob()
}
