#!/usr/bin/env python3
"""Runs every command line in docs/schedules.md and puts its output below it; redraws the pictures beside it."""
import pathlib, re, shlex, subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "schedules.md"


def run(command):
    words = shlex.split(command)
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command}: exit {done.returncode}\n{done.stderr}")
    return done.stdout.rstrip("\n")


def block(match):
    command = match.group(1)
    return f"```\n$ {command}\n{run(command)}\n```"


text = PAGE.read_text()
text = re.sub(r"```\n\$ (\./millrace (?:schedule|simulate) [^\n]*)\n.*?```", block, text, flags=re.S)
PAGE.write_text(text)
for picture, command in re.findall(r"!\[[^\]]*\]\((schedules/[^)]*)\)<!-- (\./millrace [^>]*) -->", text):
    run(command if "--chart" in command else f"{command} --out docs/{picture}")
