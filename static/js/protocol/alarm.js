/**
 * Whether the console must call somebody, how loudly and how often. Plain values only.
 * An alarm has no memory of who heard it: it rings while a room is unclaimed and falls silent,
 * everywhere, with the row that says somebody claimed it.
 */
import { isUnclaimed, isUrgent } from "./queue.js"

/** @typedef {import("./queue.js").Row} Row */
/** @typedef {"life_safety" | "new" | "quiet"} Level */
/** @typedef {{level: Level, count: number, every: number, rooms: string[]}} Alarm `every` in seconds */

/** How often it sounds, in seconds. @type {Record<Level, number>} */
const EVERY = { life_safety: 6, new: 20, quiet: 0 }

/** Seconds between one tune and the same again, however many come: a flood is one call. */
export const GAP = 3

/**
 * Life safety drowns everything else: while one such room is unclaimed, only those are counted.
 * @param {Row[]} rows @returns {Alarm}
 */
export function alarmOf(rows) {
  const unclaimed = rows.filter(isUnclaimed)
  const danger = unclaimed.filter(isUrgent)
  if (danger.length > 0) return ringing("life_safety", danger)
  if (unclaimed.length > 0) return ringing("new", unclaimed)
  return { level: "quiet", count: 0, every: EVERY.quiet, rooms: [] }
}

/** @param {Level} level @param {Row[]} rows @returns {Alarm} */
function ringing(level, rows) {
  return { level, count: rows.length, every: EVERY[level], rooms: rows.map((row) => row.room) }
}

/**
 * What is due now: a sound for a room or a severity nobody was called for yet, or because it has rung long enough ago.
 * Never for a level the person has silenced, and life safety can't be silenced.
 * @param {Alarm} alarm @param {{news: boolean, ago: number, lifeSafetyOnly: boolean}} when `ago`: seconds since it rang
 */
export function isDue(alarm, { news, ago, lifeSafetyOnly }) {
  if (alarm.level === "quiet" || (alarm.level === "new" && lifeSafetyOnly)) return false
  return ago >= (news ? GAP : alarm.every)
}

/** Whether there is a room or a severity that nobody was called for yet. @param {Alarm} alarm @param {Alarm} before */
export function hasNews(alarm, before) {
  const known = new Set(before.rooms)
  return alarm.rooms.some((room) => !known.has(room)) || (alarm.level === "life_safety" && before.level !== "life_safety")
}
