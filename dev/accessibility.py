#!/usr/bin/env python3
"""Faults of pages for readers who cannot see them well, as axe-core finds them.

  npm install axe-core
  dev/accessibility.py node_modules/axe-core/axe.min.js forebear-demo/report.html ...

Opens each page in headless Chromium without a network, at the width of a desk and of a phone, runs all
rules (WCAG 2 A and AA, contrast included, and best practices), and prints each fault with the elements
that have it. Also that nothing is wider than the phone, and that the page is below 5 MB. Exit status 1
if there is a fault.
"""

import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MOST_BYTES = 5_000_000
WIDTHS = {"desk": (1200, 900), "phone": (390, 844)}
PROBE = """
<script>%s</script>
<script>
addEventListener('load', () => axe.run(document).then((found) => {
  const out = document.createElement('pre');
  out.id = 'axe-report';
  out.textContent = JSON.stringify({
    passes: found.passes.length,
    incomplete: found.incomplete.map((rule) => rule.id),
    width: document.documentElement.scrollWidth, window: document.documentElement.clientWidth,
    violations: found.violations.map((rule) => ({id: rule.id, impact: rule.impact, help: rule.help,
      nodes: rule.nodes.map((node) => node.html.slice(0, 160))}))});
  document.body.append(out);
}));
</script></body>"""


def in_browser(page, axe, size):
    """What axe reports of the page in a window of this size."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        before, _, after = page.read_text().rpartition("</body>")
        copy.write_text(before + PROBE % axe.replace("</script", "<\\/script") + after)
        # A phone's width goes into a frame: windows of Chromium have a least width.
        frame = Path(folder) / "frame.html"
        frame.write_text(f'<iframe id="f" src="page.html" style="border:0;width:{size[0]}px;height:{size[1]}px">'
                         "</iframe><script>setInterval(() => { const found = document.getElementById('f')"
                         ".contentDocument.getElementById('axe-report'); if (found && !document.getElementById("
                         "'axe-report')) document.body.append(found.cloneNode(true)); }, 100)</script>")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND",
                   f"--user-data-dir={folder}/profile", "--window-size=1300,1000", "--virtual-time-budget=60000",
                   "--dump-dom", f"file://{frame}"]
        dom = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False).stdout
    found = re.search(r'<pre id="axe-report">(.*?)</pre>', dom, re.S)
    if not found:
        sys.exit(f"axe did not end in {page}")
    return json.loads(html.unescape(found[1]))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    axe, n_faults = Path(sys.argv[1]).read_text(), 0
    for page in map(Path, sys.argv[2:]):
        size = page.stat().st_size
        if size >= MOST_BYTES:
            n_faults += 1
            print(f"{page}: {size} bytes, and should have fewer than {MOST_BYTES}")
        for name, window in WIDTHS.items():
            found = in_browser(page, axe, window)
            n_faults += len(found["violations"])
            if found["width"] > found["window"]:
                n_faults += 1
                print(f"{page}, {name}: {found['width']} pixels wide in a window of {found['window']}")
            for rule in found["violations"]:
                print(f"{page}, {name}: {rule['impact']}: {rule['id']}: {rule['help']}")
                for node in rule["nodes"][:5]:
                    print(f"    {node}")
            print(f"{page}, {name}: {found['passes']} rules passed, {len(found['violations'])} broken, "
                  f"not decided: {', '.join(found['incomplete']) or 'none'}; {size} bytes")
    print(f"{n_faults} faults")
    return n_faults > 0


if __name__ == "__main__":
    sys.exit(main())
