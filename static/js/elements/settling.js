// A press goes where it was aimed. What comes on top of the desk pushes down what is below it, and a press already on its
// way would meet something else: it would claim a room that nobody meant, or, begun here and ended there, do nothing. So
// nothing moves while something is pressed, and what moved takes no pointer for a moment, longer than people need to see
// it and to hold back. Keys are not concerned: they go with the focus.

/** How long a person goes on with a movement after what they see has changed. */
const SETTLES_IN_MS = 350
/** Where lines never come to rest, each can be pressed at least two thirds of the time. */
const AGAIN_AFTER_MS = 1050
/** A finger that stays down, or is lifted where nobody tells us, holds up nothing for longer. */
const HELD_AT_MOST_MS = 1000
/** The click comes after the pointer is up, on touch screens a little later. */
const CLICKED_IN_MS = 50
const PRESSABLE = "a, button, summary, label"
const MOVED = "data-moved"

/** @type {WeakMap<Element, number>} */
const movedAt = new WeakMap()
/** What waits for the press to be over. @type {(() => void)[]} */
let waiting = []
/** The pointers that are down. @type {Set<number>} */
const down = new Set()
/** Runs as long as something is pressed, at its end what waits is done. @type {ReturnType<typeof setTimeout> | undefined} */
let pressing

addEventListener("pointerdown", begin, { passive: true, capture: true })
addEventListener("pointerup", end, { passive: true, capture: true })
addEventListener("pointercancel", end, { passive: true, capture: true })

/** Do `change`, at the latest when the press is over, and let rest what it moves. @param {() => void} change */
export function moving(change) {
  if (pressing === undefined) move(change)
  else waiting.push(change)
}

/** @param {PointerEvent} press */
function begin({ pointerId }) {
  down.add(pointerId)
  release(HELD_AT_MOST_MS)
}

/** @param {PointerEvent} press */
function end({ pointerId }) {
  if (down.delete(pointerId) && down.size === 0) release(CLICKED_IN_MS)
}

/** @param {number} ms */
function release(ms) {
  clearTimeout(pressing)
  pressing = setTimeout(() => {
    pressing = undefined
    down.clear()
    const changes = waiting
    waiting = []
    if (changes.length > 0) move(() => changes.forEach((change) => change()))
  }, ms)
}

/** @param {() => void} change */
function move(change) {
  const before = places()
  change()
  const now = performance.now()
  const moved = [...places()].filter(([element, top]) => before.get(element) !== top && isDue(element, now))
  for (const [element] of moved) {
    movedAt.set(element, now)
    element.setAttribute(MOVED, "")
  }
  if (moved.length > 0) setTimeout(() => moved.forEach(([element]) => element.removeAttribute(MOVED)), SETTLES_IN_MS)
}

/** How far from the top stands what is in sight and can be pressed. */
function places() {
  /** @type {Map<Element, number>} */
  const tops = new Map()
  for (const element of document.querySelectorAll(PRESSABLE)) {
    const { top, bottom, height } = element.getBoundingClientRect()
    if (height > 0 && bottom > 0 && top < innerHeight) tops.set(element, top)
  }
  return tops
}

/** @param {Element} element @param {number} now */
function isDue(element, now) {
  return now - (movedAt.get(element) ?? -Infinity) > AGAIN_AFTER_MS
}
