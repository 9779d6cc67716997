"""How a page that may not have the frame could try to get it: by a name that looks alike, by ways around, by reading.

The school's own site is `https://www.lincoln.example.org`. In a piece of HTML, FRAME stands for the address of the
frame, SCHOOL for that origin and EVIL for a foreign one.
"""

from dataclasses import dataclass, field

SCHOOL = "https://www.lincoln.example.org"
EVIL = "https://evil.example"
IFRAME = '<iframe src="FRAME" width="400" height="680"></iframe>'

# Other spellings of the very origin: browsers write them all alike. They show that what follows could succeed.
THE_SAME = {
    "as it is": SCHOOL,
    "in capitals": "https://WWW.Lincoln.Example.ORG",
    "with the usual port": f"{SCHOOL}:443",
    "with wide letters and dots": "https://ｗｗｗ。lincoln。example。org",
    "with somebody's name before it": "https://evil.example@www.lincoln.example.org",
}

LOOK_ALIKES = {
    # Names above, below and beside it.
    "the domain above": "https://lincoln.example.org",
    "another name in the domain": "https://lunch.lincoln.example.org",
    "a name below it": "https://evil.www.lincoln.example.org",
    "the name twice": "https://www.lincoln.example.org.www.lincoln.example.org",
    "more before it": "https://evilwww.lincoln.example.org",
    "more before it, with a hyphen": "https://evil-www.lincoln.example.org",
    "more behind it": "https://www.lincoln.example.org.evil.example",
    "a letter less": "https://www.lincoln.example.or",
    "another ending": "https://www.lincoln.example.com",
    "a dot at the end": "https://www.lincoln.example.org.",
    "no dot": "https://wwwlincoln.example.org",
    "a hyphen for a dot": "https://www-lincoln.example.org",
    "an underscore for a dot": "https://www_lincoln.example.org",
    "a dot too many": "https://www.lin.coln.example.org",
    # Letters that look like others.
    "i for l": "https://www.lincoIn.example.org",
    "1 for l": "https://www.1incoln.example.org",
    "rn for m": "https://www.lincoln.exarnple.org",
    "a Cyrillic o": "https://www.linc\u043eln.example.org",
    "a Greek o": "https://www.linc\u03bfln.example.org",
    "an i without its dot": "https://www.l\u0131ncoln.example.org",
    "a dot below": "https://www.\u1e37incoln.example.org",
    "its name in punycode": "https://xn--www-lincoln-example-org.example",
    # The very name, and something else is different.
    "another port": f"{SCHOOL}:8443",
    "without encryption": "http://www.lincoln.example.org",
    "without encryption, by another port": "http://www.lincoln.example.org:8080",
    # The name where it is no host.
    "as somebody's name": "https://www.lincoln.example.org@evil.example",
    "as a name and a password": "https://www.lincoln.example.org:443@evil.example",
    "behind an escaped dot": "https://www.lincoln.example.org%2eevil.example",
    # Machines by their numbers.
    "the number of the machine": "https://127.0.0.1",
    "the number as one": "https://2130706433",
    "the number in hexadecimal": "https://0x7f.1",
    "the number in octal": "https://0177.0.0.1",
    "the newer number": "https://[::1]",
    "the number in the newer one": "https://[::ffff:127.0.0.1]",
    "the machine itself": "https://localhost",
}  # fmt: skip

# Addresses of a foreign site that have the school's in them.
ADDRESSES = {
    "in the path": f"{EVIL}/{SCHOOL}/",
    "in the path, after a backslash": f"{EVIL}\\@www.lincoln.example.org/",
    "in the query": f"{EVIL}/page?{SCHOOL}/",
    "in the fragment": f"{EVIL}/page#{SCHOOL}/",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A piece of HTML that brings the frame into its page.

    `own` tells whether the school's own page gets the frame in this way; a foreign page (`at`) never does. `others` are
    pages that it needs, by their path.
    """

    html: str
    own: bool = True
    at: str = EVIL
    policy: str = ""
    others: dict[str, str] = field(default_factory=dict)


KID = '<iframe name="kid"></iframe>'
PLAIN = {"/plain": IFRAME}
REDIRECT = "/redirect"
"""Leads to the frame, on every site."""

WAYS = {
    # What can hold a page.
    "an iframe": Way(IFRAME),
    "an object": Way('<object data="FRAME" type="text/html" width="400" height="680"></object>'),
    "an embed": Way('<embed src="FRAME" type="text/html" width="400" height="680">'),
    "a frameset": Way(
        """<script>onload = () => {
          document.body = document.createElement('frameset')
          document.body.innerHTML = '<frame src="FRAME">'
        }</script>"""
    ),
    "a picture": Way(f'<svg><foreignObject width="400" height="680">{IFRAME}</foreignObject></svg>'),
    "a closed shadow": Way(f'<div><template shadowrootmode="closed">{IFRAME}</template></div>'),
    "an iframe without credentials": Way(IFRAME.replace("<iframe", "<iframe credentialless")),
    "an iframe in a sandbox": Way(
        IFRAME.replace("<iframe", '<iframe sandbox="allow-scripts allow-same-origin"')
    ),
    "an iframe that brings a policy": Way(
        IFRAME.replace("<iframe", '<iframe csp="frame-ancestors *"')
    ),
    "an iframe that tells where it is": Way(
        IFRAME.replace("<iframe", '<iframe referrerpolicy="unsafe-url"')
    ),
    # A page between, with an address that is no site's.
    "srcdoc": Way(f"<iframe srcdoc='{IFRAME}'></iframe>"),
    "about:blank": Way(f"<iframe></iframe><script>frames[0].document.body.innerHTML = `{IFRAME}`</script>"),
    "javascript:": Way("<iframe src=\"javascript:'<iframe src=FRAME></iframe>'\"></iframe>"),
    "blob:": Way(
        f"""<iframe></iframe><script>
          const page = new Blob([`{IFRAME}`], {{ type: 'text/html' }})
          frames[0].frameElement.src = URL.createObjectURL(page)
        </script>"""
    ),
    "data:": Way('<iframe src="data:text/html,<iframe src=FRAME></iframe>"></iframe>', own=False),
    "a sandbox": Way(f"<iframe sandbox='allow-scripts' srcdoc='{IFRAME}'></iframe>", own=False),
    "a page in a sandbox": Way(IFRAME, own=False, policy="sandbox allow-scripts"),
    "about:blank in a tab": Way(f"<script>open('about:blank').document.body.innerHTML = `{IFRAME}`</script>"),
    # Leading a frame there that was somewhere else before.
    "a form": Way(f'{KID}<form action="FRAME" target="kid"></form><script>document.forms[0].submit()</script>'),
    "a link": Way(f'{KID}<a href="FRAME" target="kid"></a><script>document.links[0].click()</script>'),
    "open": Way(f"{KID}<script>open('FRAME', 'kid')</script>"),
    "its location": Way(f"{KID}<script>frames.kid.location = 'FRAME'</script>"),
    "a refresh": Way("<iframe srcdoc='<meta http-equiv=refresh content=\"0;url=FRAME\">'></iframe>"),
    "a redirect": Way(f'<iframe src="{REDIRECT}"></iframe>'),
    "a redirect by the school": Way(f'<iframe src="SCHOOL{REDIRECT}"></iframe>'),
    # Pages around pages.
    "a page of the school between": Way('<iframe src="SCHOOL/plain"></iframe>', others=PLAIN),
    "a foreign page between": Way('<iframe src="EVIL/plain"></iframe>', own=False, others=PLAIN),
    "a foreign page and the school's between": Way(
        '<iframe src="EVIL/between"></iframe>',
        own=False,
        others={"/between": '<iframe src="SCHOOL/plain"></iframe>', **PLAIN},
    ),
    "a frame of the school's page": Way(
        """<iframe src="SCHOOL/kid" onload="frames[0].frames[0].location = 'FRAME'"></iframe>""",
        others={"/kid": KID},
    ),
    # A site of the same domain that says to be the domain.
    "document.domain": Way(
        f"<script>document.domain = 'lincoln.example.org'</script>{IFRAME}",
        at="https://hacked.lincoln.example.org",
    ),
}  # fmt: skip

# Scripts that read what is at `address`; with nothing read, they return nothing or fail.
READS = {
    "fetch": "address => fetch(address).then((answer) => answer.text())",
    "fetch that is content with less": """address => fetch(address)
      .catch(() => fetch(address, { mode: 'no-cors' })).then((answer) => answer.text())""",
    "fetch that says to come from the school": f"""address => {{
      const headers = {{ Origin: '{SCHOOL}', Referer: '{SCHOOL}/', Host: 'www.lincoln.example.org' }}
      return fetch(address, {{ headers }}).then((answer) => answer.text())
    }}""",
    "XMLHttpRequest": """address => new Promise((done, failed) => {
      const request = new XMLHttpRequest()
      Object.assign(request, { onload: () => done(request.response), onerror: failed })
      request.open('GET', address)
      request.send()
    })""",
    "a worker": """address => new Promise((done, failed) => {
      const code = 'onmessage = ({ data }) => fetch(data).then((answer) => answer.text()).then(postMessage)'
      const worker = new Worker(URL.createObjectURL(new Blob([
        code + '.catch(() => postMessage(""))'])))
      worker.onmessage = ({ data }) => done(data)
      worker.postMessage(address)
    })""",
    "a service worker that answers with it": """async (address) => {
      await navigator.serviceWorker.register('/worker.js')
      await navigator.serviceWorker.ready
      const frame = document.createElement('iframe')
      const loaded = new Promise((done) => (frame.onload = done))
      frame.src = `/stolen?${encodeURIComponent(address)}`
      document.body.append(frame)
      await loaded
      return frame.contentDocument.body.innerText
    }""",
}
WORKER = """addEventListener('fetch', (fetched) => {
  const { pathname, search } = new URL(fetched.request.url)
  const address = decodeURIComponent(search.slice(1))
  if (pathname !== '/stolen') return
  const answer = fetch(address).catch(() => fetch(address, { mode: 'no-cors' }))
  const headers = { 'Content-Type': 'text/html' }
  fetched.respondWith(answer.then((each) => each.blob()).then((body) => new Response(body, { headers })))
})"""
"""Answers in the name of its own site with what another one says."""
