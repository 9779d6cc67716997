// While somebody reads or writes, what the next pages are made of comes into the browser's cache: then a weak signal is in
// nobody's way. Fetched, not preloaded: a module whose preload failed would be missing for as long as the page stands.
// Safari's private windows have no cache that would keep it: there it would all come twice.

/** The connection stays free for what somebody waits for. */
const AT_ONCE = 4

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
    fetch(import.meta.url).then((answer) => answer.blob()).catch(() => resolve(false))
  })
}

async function fetchOn() {
  for (let next = addresses.next(); !next.done; next = addresses.next()) {
    try {
      await (await fetch(next.value, { priority: "low" })).blob()
    } catch {
      return // The page that needs it asks again.
    }
  }
}
