import { el, short, svg } from "./dom.js";

// Lines over steps. Colours are those of Paul Tol's bright scheme, which people who see few colours can tell apart too.
export const COLOURS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb"];

const WIDTH = 520;
const HEIGHT = 200;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 8;
const RIGHT = 8;

/** Round numbers between two, about so many. */
export function ticks(low, high, about) {
  if (!(high > low)) return [low];
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw);
  const first = Math.ceil(low / step) * step;
  const found = [];
  for (let tick = first; tick <= high + step * 1e-9; tick += step) found.push(Math.abs(tick) < step * 1e-9 ? 0 : tick);
  return found;
}

function bounds(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, 1];
  const room = Math.abs(low) / 2 || 0.5;
  return low === high ? [low - room, high + room] : [low, high];
}

/** At most so many points, of each group the first, the lowest, the highest and the last, so that no spike is lost. */
function thinned(points, most) {
  if (points.length <= most) return points;
  const size = Math.ceil(points.length / (most / 4));
  const kept = [];
  for (let from = 0; from < points.length; from += size) {
    const group = points.slice(from, from + size);
    const chosen = new Set([group[0], group[group.length - 1]]);
    chosen.add(group.reduce((a, b) => (b[1] < a[1] ? b : a)));
    chosen.add(group.reduce((a, b) => (b[1] > a[1] ? b : a)));
    kept.push(...group.filter((point) => chosen.has(point)));
  }
  return kept;
}

/**
 * A chart, drawn again by each call of its update.
 *
 * @param title what is shown
 * @param unit of the values, for the words on hovering
 */
export function lineChart(title, unit = "") {
  const words = el("p", { class: "faint", "aria-live": "off" }, " ");
  const holder = el("div", { class: "scroll" });
  const panel = el("section", { class: "panel" }, el("h2", {}, title), holder, words);
  let drawn = [];

  function update(series) {
    drawn = series.map((one) => ({ ...one, points: one.points.filter((point) => Number.isFinite(point[1])) }));
    const all = drawn.flatMap((one) => one.points);
    panel.hidden = all.length === 0;
    if (panel.hidden) return;
    const [x0, x1] = bounds(all.map((point) => point[0]));
    const [y0, y1] = bounds(all.map((point) => point[1]));
    const x = (value) => LEFT + ((value - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
    const y = (value) => HEIGHT - BOTTOM - ((value - y0) / (y1 - y0)) * (HEIGHT - BOTTOM - TOP);
    const picture = svg("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": `${title}: ${drawn.map((one) => `${one.name} ${short(one.points.at(-1)?.[1])}`).join(", ")}`,
    });
    for (const tick of ticks(y0, y1, 5)) {
      picture.append(
        svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }),
        svg("text", { class: "faint", x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, short(tick, 3)));
    }
    for (const tick of ticks(x0, x1, 6)) {
      picture.append(svg("text", { class: "faint", x: x(tick), y: HEIGHT - 6, "text-anchor": "middle" }, short(tick, 5)));
    }
    drawn.forEach((one, i) => {
      const colour = one.colour ?? COLOURS[i % COLOURS.length];
      const points = thinned(one.points, 800);
      picture.append(svg("polyline", {
        class: "series",
        stroke: colour,
        "stroke-dasharray": one.dashed ? "5 3" : false,
        points: points.map((point) => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).join(" "),
      }));
      if (points.length === 1) picture.append(svg("circle", { cx: x(points[0][0]), cy: y(points[0][1]), r: 3, fill: colour }));
    });
    picture.addEventListener("pointermove", (event) => {
      const box = picture.getBoundingClientRect();
      tell(x0 + (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT) * (x1 - x0));
    });
    holder.replaceChildren(picture);
    tell(Infinity);
  }

  function tell(step) {
    words.replaceChildren(...drawn.flatMap((one, i) => {
      const point = one.points.reduce((best, next) => (Math.abs(next[0] - step) <= Math.abs(best[0] - step) ? next : best),
        one.points.at(-1) ?? [0, NaN]);
      const dot = svg("svg", { width: 10, height: 10, viewBox: "0 0 10 10" },
        svg("rect", { width: 10, height: 10, fill: one.colour ?? COLOURS[i % COLOURS.length] }));
      return [el("span", { class: "row" }, dot, `${one.name}: ${short(point[1])}${unit} at ${short(point[0], 7)}`)];
    }));
  }

  panel.update = update;
  update([]);
  return panel;
}
