import { el, short, svg } from "./dom.js";
import { ticks } from "./chart.js";

// A batch as rows of boxes, one row a rank: what simulate --out draws, to be looked at more closely.

const LEFT = 48;
const ROW = 26;
const MEMORY = 22;
const GAP = 8;
const AXIS = 22;
const LABELLED = 22;

const CAUSES = {
  fill: "the line fills",
  drain: "the line drains",
  dependency: "a result is still to be made",
  communication: "a result is on its way",
  "held back": "the order holds back what could be done",
};

/**
 * A simulated batch.
 *
 * @param simulation as /api/simulate tells it
 * @param end of the time axis: that of the longest of those that are compared
 * @param tell gets the words about what is pointed at
 */
export function gantt(simulation, end, tell) {
  const width = 1100;
  const rowHeight = ROW + MEMORY + GAP;
  const height = simulation.ranks * rowHeight + AXIS;
  const x = (time) => LEFT + (time / end) * (width - LEFT - 4);
  const most = Math.max(...simulation.peak_memory, 1e-12);
  const picture = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": `${simulation.schedule}: ${short(simulation.makespan)} long, bubble ${short(100 * simulation.bubble)} %`,
  });
  for (let rank = 0; rank < simulation.ranks; rank++) {
    const top = rank * rowHeight;
    picture.append(svg("text", { x: 4, y: top + ROW / 2 + 4 }, `rank ${rank}`));
  }
  for (const bubble of simulation.bubbles) {
    const box = svg("rect", {
      class: "idle", x: x(bubble.start), y: bubble.rank * rowHeight, width: x(bubble.end) - x(bubble.start), height: ROW,
    });
    const words = `rank ${bubble.rank} waits from ${short(bubble.start)} to ${short(bubble.end)}: ${CAUSES[bubble.cause]}`
      + (bubble.waits_for ? `, it waits for ${bubble.waits_for}` : "");
    box.append(svg("title", {}, words));
    box.addEventListener("pointerenter", () => tell(words));
    picture.append(box);
  }
  for (const span of simulation.spans) {
    const kind = span.action.replace(/[0-9]/g, "");
    const from = x(span.start);
    const wide = x(span.end) - from;
    const top = span.rank * rowHeight;
    const words = `${span.action} on rank ${span.rank}, from ${short(span.start)} to ${short(span.end)}`
      + (span.critical ? ", on the critical path" : "");
    const box = svg("rect", {
      class: `${kind}${span.critical ? " critical" : ""}`, x: from, y: top, width: Math.max(0.5, wide - 0.5), height: ROW,
    }, svg("title", {}, words));
    box.addEventListener("pointerenter", () => tell(words));
    picture.append(box);
    if (wide > LABELLED) {
      picture.append(svg("text", { class: "label", x: from + wide / 2, y: top + ROW / 2 + 4, "text-anchor": "middle" }, span.action));
    }
  }
  simulation.memory.forEach((curve, rank) => {
    const bottom = rank * rowHeight + ROW + MEMORY;
    const y = (held) => bottom - (held / most) * (MEMORY - 4);
    let path = "";
    curve.forEach(([time, held], i) => {
      path += i === 0 ? `M ${x(time)} ${y(held)}` : ` H ${x(time)} V ${y(held)}`;
    });
    path += ` H ${x(simulation.makespan)}`;
    const line = svg("path", { class: "held", d: path });
    line.append(svg("title", {}, `rank ${rank} holds ${short(simulation.peak_memory[rank])} at most`));
    picture.append(line);
  });
  for (const tick of ticks(0, end, 10)) {
    picture.append(svg("text", { class: "faint", x: x(tick), y: height - 6, "text-anchor": "middle" }, short(tick, 5)));
  }
  return picture;
}

/** How much of all ranks' time each cause of waiting takes. */
export function causes(simulation) {
  const all = simulation.ranks * simulation.makespan;
  const sums = new Map();
  for (const bubble of simulation.bubbles) {
    sums.set(bubble.cause, (sums.get(bubble.cause) ?? 0) + bubble.end - bubble.start);
  }
  return el("table", {},
    el("caption", {}, "ranks wait, of all their time"),
    ...[...sums].map(([cause, time]) => el("tr", {}, el("th", {}, CAUSES[cause]), el("td", {}, `${short((100 * time) / all)} %`))));
}
