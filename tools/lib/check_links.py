#!/usr/bin/env python3
"""check_links.py FOLDER: pages, pictures and marks that links within a folder of pages name, but that
are not there. Prints each; exit status 1 if there is one."""

import html.parser
import sys
import urllib.parse
from pathlib import Path


class Page(html.parser.HTMLParser):
    """What a page refers to, and the marks in it."""

    def __init__(self, path):
        super().__init__()
        self.links, self.marks = [], set()
        self.feed(path.read_text(errors="replace"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.marks |= {attrs.get("id"), attrs.get("name")}
        self.links += [attrs[name] for name in ("href", "src") if attrs.get(name)]


folder = Path(sys.argv[1]).resolve()
pages = {path: Page(path) for path in folder.rglob("*.html")}
broken = set()
for path, page in pages.items():
    for link in page.links:
        parts = urllib.parse.urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target /= "index.html"
        mark = urllib.parse.unquote(parts.fragment)
        if not target.exists() or (mark and target in pages and mark not in pages[target].marks):
            broken.add(f"{path.relative_to(folder)}: {link}")
print("\n".join([*sorted(broken), f"{len(pages)} pages, {len(broken)} broken links"]))
sys.exit(bool(broken))
