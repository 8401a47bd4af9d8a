#!/usr/bin/env python3
"""Draws docs/false-minima.svg: python3 docs/false-minima.py >docs/false-minima.svg

A picture of a face of 30 years. From the certain, right answer on the left to a false one on the right, mixed in equal
steps: the tutorial's loss comes back to 0, the squared error of the expected age does not."""
from math import log

LABEL, STEPS = 30, 120
WIDTH, HEIGHT, PANEL, TOP, BOTTOM = 840, 392, 340, 64, 290
TUTORIAL, SQUARED, TEXT = "#cf222e", "#0969da", "#57606a"


def deviation(p, of):
    """Sum of p (a - p b)^2: a of the class's number, b of the label."""
    return sum(q * (of(j) - q * of(LABEL)) ** 2 for j, q in p.items())


def expected(p):
    return sum(j * q for j, q in p.items())


def mixed(false, share):
    p = {j: share * q for j, q in false.items()}
    p[LABEL] = 1 - share
    return p


def curve(left, values, colour):
    top = max(values)
    points = " ".join(f"{left + PANEL * i / STEPS:.1f},{BOTTOM - (BOTTOM - TOP) * v / top:.1f}" for i, v in enumerate(values))
    print(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')


def panel(left, loss, of, false):
    path = [mixed(false, i / STEPS) for i in range(STEPS + 1)]
    answer = " and ".join(f"{q:.2f} on {j}" for j, q in false.items())
    print(f'<text x="{left}" y="{TOP - 18}" font-weight="bold" fill="#24292f">{loss}</text>')
    print(f'<path d="M{left},{TOP - 6} V{BOTTOM} H{left + PANEL + 6}" fill="none" stroke="{TEXT}"/>')
    print(f'<path d="M{left + PANEL},{BOTTOM} V{TOP}" stroke="{TEXT}" stroke-dasharray="3 3"/>')
    curve(left, [(expected(p) - LABEL) ** 2 for p in path], SQUARED)
    curve(left, [deviation(p, of) for p in path], TUTORIAL)
    for end in (left, left + PANEL):
        print(f'<circle cx="{end}" cy="{BOTTOM}" r="5" fill="{TUTORIAL}"/>')
    print(f'<text x="{left}" y="{BOTTOM + 22}">certain: 30</text>')
    print(f'<text x="{left}" y="{BOTTOM + 38}">says 30 years</text>')
    print(f'<text x="{left + PANEL}" y="{BOTTOM + 22}" text-anchor="end">{answer}</text>')
    print(f'<text x="{left + PANEL}" y="{BOTTOM + 38}" text-anchor="end">says {expected(false):.1f} years, loss 0</text>')


print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Helvetica, Arial, sans-serif" '
      f'font-size="13" fill="{TEXT}">')
print("<title>Two losses of the tutorial are 0 for a false answer too; the squared error of the expected age is not</title>")
print(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>')
panel(50, "variance: 10 + 20 = 30", lambda j: j, {10: 1 / 3, 20: 2 / 3})
panel(460, "mse_cross_entropy, log1p: false: 5 x 6 = 30", log, {5: log(5) / log(30), 6: log(6) / log(30)})
for y, colour, words in ((HEIGHT - 28, TUTORIAL, "the tutorial's loss"), (HEIGHT - 8, SQUARED, "squared error of the expected age")):
    print(f'<path d="M50,{y - 4} h24" stroke="{colour}" stroke-width="2.5"/><text x="82" y="{y}">{words}</text>')
print(f'<text x="{WIDTH - 40}" y="{HEIGHT - 8}" text-anchor="end">each curve by its own maximum; to the right: more of the false answer</text>')
print("</svg>")
