#!/usr/bin/env python3
"""Tells which tests of the last `./mvnw verify` took longest, from what Surefire has left in each module's target folder.

    bench/slowest_tests.py [--most 20] [--cases] [ROOT]

A line a module: its test classes, the seconds of all of them together, and from the first to the last of them by the clock (several
run at a time). Then the slowest classes of all modules, with --cases also the slowest test methods of each.
"""
import argparse
import glob
import os
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# in the order in which they are built
MODULES = ["schedule", "nn", "actors", "app", "bench", "src/test"]


def seconds(element):
    return float(element.get("time", "0").replace(",", ""))


def classes(root, module):
    """Seconds, name and test methods of each class of a module, and when its report was written."""
    found = []
    for report in glob.glob(os.path.join(root, module, "target/surefire-reports/TEST-*.xml")):
        suite = ElementTree.parse(report).getroot()
        cases = sorted(((seconds(case), case.get("name")) for case in suite.findall("testcase")), reverse=True)
        found.append((seconds(suite), suite.get("name"), cases, os.path.getmtime(report)))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=20, help="so many classes (20)")
    parser.add_argument("--cases", action="store_true", help="and the three slowest test methods of each")
    parser.add_argument("root", nargs="?", default=ROOT, help="another checkout")
    options = parser.parse_args()
    everything = []
    for module in MODULES:
        found = classes(options.root, module)
        if found:
            begun = min(written - took for took, _, _, written in found)
            ended = max(written for _, _, _, written in found)
            together = sum(took for took, _, _, _ in found)
            print(f"{module:10} {len(found):4} classes  {together:7.1f} s together  {ended - begun:7.1f} s by the clock")
            everything += [(took, name, module, cases) for took, name, cases, _ in found]
    if not everything:
        raise SystemExit("no reports in */target/surefire-reports (expected: those of ./mvnw verify); run it first")
    print()
    for took, name, module, cases in sorted(everything, reverse=True)[: options.most]:
        print(f"{took:7.1f} s  {len(cases):4} tests  {module:9} {name}")
        for case in cases[:3] if options.cases else []:
            print(f"{case[0]:15.1f} s  {case[1]}")


if __name__ == "__main__":
    main()
