// Fetches a page of ours. XMLHttpRequest, because it alone parses a page without a trusted-types policy; its scripts
// never run.

import { jarHeaders, takeJar } from "./jar.js"

/** `page` is null if the one that is meant did not come. @typedef {{ status: number, url: string, page: Document | null }} Answer */

const DEADLINE_MS = 20_000
const UNAUTHORIZED = 401

/**
 * Of somebody in between, a filter or a gate, a page may come with any status: ours has in it what it is fetched for.
 * @param {string} address @param {string} mark A selector of that. @param {URLSearchParams} [fields] To be posted.
 * @returns {Promise<Answer>}
 */
export function fetchPage(address, mark, fields) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open(fields === undefined ? "GET" : "POST", address)
    for (const [name, value] of Object.entries(jarHeaders())) request.setRequestHeader(name, value)
    request.responseType = "document"
    request.timeout = DEADLINE_MS
    request.onloadend = () => {
      takeJar(request)
      // Parsed as if there were no scripts: what stands in for them must not come along.
      for (const part of request.responseXML?.querySelectorAll("noscript") ?? []) part.remove()
      const { status, responseURL: url, responseXML: page } = request
      resolve({ status, url, page: page?.querySelector(mark) ? page : null })
    }
    request.send(fields ?? null)
  })
}

/** Whether the console answered that the session is over, or led to where another one begins. @param {{ status: number, url: string }} answer */
export function isSignedOut({ status, url }) {
  return status === UNAUTHORIZED || new URL(url, location.href).pathname === "/console/sign-in"
}
