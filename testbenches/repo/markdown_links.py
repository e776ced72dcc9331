#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link in Markdown leads to a file in the repository, and to a heading that is there."""

import re

import repository

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
CODE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)


def anchors(text):
    """The anchors GitHub gives to headings."""
    result, seen = set(), {}
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*\s*$", CODE.sub("", text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        result.add(f"{slug}-{count}" if count else slug)
    result.update(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", text))
    return result


def link_problem(root, name, link):
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return None
    path, _, fragment = link.partition("#")
    target = (root / name).parent / path if path else root / name
    if path.startswith("/"):
        return f"{name}: link {link} is absolute"
    if not target.exists():
        return f"{name}: link {link} leads nowhere"
    if fragment and target.suffix == ".md" and fragment not in anchors(target.read_text(encoding="utf-8")):
        return f"{name}: link {link}: no such heading"
    return None


def problems(root=repository.ROOT):
    found = []
    for name in repository.files(root):
        if name.suffix != ".md":
            continue
        text = CODE.sub("", (root / name).read_text(encoding="utf-8"))
        text = re.sub(r"`[^`\n]*`", "", text)
        found += filter(None, (link_problem(root, name, link) for link in LINK.findall(text)))
    return found


if __name__ == "__main__":
    repository.finish(problems(), sum(name.suffix == ".md" for name in repository.files()))
