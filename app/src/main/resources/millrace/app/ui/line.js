import { ask, el, short, svg } from "./dom.js";
import { ticks } from "./chart.js";
import { gantt } from "./gantt.js";

// The ranks of a run that goes on: rows on which time moves to the left. The server looks at them only while somebody asks; what it tells is
// kept here for as long as it is shown.

const ASK_MILLIS = 500;
const BATCH_MILLIS = 4000;
const KEPT_SECONDS = 12;
const LEFT = 48;
const ROW = 26;
const MEMORY = 18;
const GAP = 8;
const AXIS = 22;
const LONGEST = 10;
const SPANS = ["0.1", "0.5", "1", "2", "5", "10"];

const CAUSES = {
  dependency: (wait) => `${wait.needs} was still to be made${wait.by < 0 ? "" : ` by rank ${wait.by}`}`,
  communication: (wait) => `${wait.needs}${wait.by < 0 ? "" : ` of rank ${wait.by}`} was on its way`,
  batch: () => "the batch was over, for the other ranks or for the word to go on",
  host: () => "everything was here: no core was free, or other messages came first",
};

function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = count;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit++; }
  return `${short(value, 3)} ${units[unit]}`;
}

function legend() {
  const kinds = [
    ["forward", "F"], ["backward (B, I)", "B"], ["gradient of weights (W)", "W"], ["second forward (R)", "R"], ["optimizer step", "step"],
    ["exchange", "exchange"], ["evaluation", "evaluation"], ["waits for another rank", "idle"],
    ["waits for a message", "idle communication"], ["waits for a core", "idle host"],
  ];
  return el("ul", { class: "legend" }, ...kinds.map(([words, kind]) => el("li", {},
    svg("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, svg("rect", { class: kind, width: 12, height: 12 })), words)));
}

function milliseconds(seconds) {
  return `${short(1000 * seconds, 3)} ms`;
}

function sentence(wait) {
  return `rank ${wait.rank} did nothing for ${milliseconds(wait.end - wait.start)} before ${wait.before}: ${CAUSES[wait.cause](wait)}`;
}

/**
 * The ranks of one run.
 *
 * @param run its name
 * @param where an element that is filled
 * @returns what ends it
 */
export function lineView(run, where) {
  const path = `api/runs/${encodeURIComponent(run)}`;
  const words = el("p", { class: "state", role: "status" }, "Point at a box to see what it is, and at a gap to see why it is there.");
  const scale = el("select", { "aria-label": "seconds that are shown", onchange: () => { if (newest) draw(); } },
    ...SPANS.map((seconds) => el("option", { value: seconds, selected: seconds === "2" }, `${seconds} s`)));
  const hold = el("button", { type: "button", "aria-pressed": "false", onclick: () => {
    held = !held;
    hold.textContent = held ? "go on" : "hold still";
    hold.setAttribute("aria-pressed", String(held));
  } }, "hold still");
  const picture = el("div", { class: "scroll" });
  const table = el("div", { class: "scroll" });
  const sent = el("summary");
  const passed = el("tbody");
  const links = el("details", {}, sent, el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, ...["from", "to", "messages", "bytes"].map((head) => el("th", { scope: "col" }, head)))), passed)));
  const reasons = el("details", {}, el("summary", {}, "the longest waits"), el("ol"));
  const batch = el("div");
  where.replaceChildren(
    el("h2", {}, "pipeline, now"), el("div", { class: "row" }, el("label", { class: "row" }, "shown ", scale), hold),
    picture, legend(), words, table, links, reasons, batch);

  let held = false;
  // the right end of the picture, which stands still where that is wanted
  let edge = 0;
  let after = 0;
  let ended = false;
  let spans = [];
  let waits = [];
  let newest = null;

  async function look() {
    if (ended) return;
    if (!document.hidden) {
      try {
        const seen = await ask(`${path}/line?after=${after}`);
        after = seen.until;
        spans.push(...seen.spans.map(([rank, what, step, start, end, memory, stale]) => ({ rank, what, step, start, end, memory, stale })));
        waits.push(...seen.waits.map(([rank, cause, start, end, before, needs, by]) => ({ rank, cause, start, end, before, needs, by })));
        spans = spans.filter((span) => span.end > after - KEPT_SECONDS);
        waits = waits.filter((wait) => wait.end > after - KEPT_SECONDS);
        newest = seen;
        if (!held) {
          edge = after;
          draw();
        }
      } catch (problem) {
        if (ended) return;
        const gone = problem.status === 404;
        words.textContent = gone && newest ? "The run is over; this is what was seen last." : problem.message;
        if (gone) return;
      }
    }
    setTimeout(look, ASK_MILLIS);
  }

  function draw() {
    const seconds = Number(scale.value);
    const ranks = newest.ranks;
    picture.replaceChildren(ranks.length === 0 ? el("p", {}, "No rank works yet.") : rolling(ranks, seconds));
    table.replaceChildren(rankTable(ranks));
    tellLinks(ranks, newest.retransmissions);
    const longest = waits.filter((wait) => wait.end > edge - seconds).sort((a, b) => (b.end - b.start) - (a.end - a.start)).slice(0, LONGEST);
    reasons.lastChild.replaceChildren(...longest.map((wait) => el("li", {}, sentence(wait))));
  }

  function rolling(ranks, seconds) {
    const width = 1100;
    const rowHeight = ROW + MEMORY + GAP;
    const height = ranks.length * rowHeight + AXIS;
    const from = edge - seconds;
    const x = (time) => LEFT + (Math.max(0, time - from) / seconds) * (width - LEFT - 4);
    const rows = new Map(ranks.map((rank, i) => [rank.rank, i * rowHeight]));
    const shown = spans.filter((span) => span.end > from && span.end <= edge && rows.has(span.rank));
    const most = Math.max(1, ...shown.map((span) => span.memory));
    const view = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `the last ${seconds} seconds of ${ranks.length} ranks` });
    ranks.forEach((rank) => view.append(svg("text", { x: 4, y: rows.get(rank.rank) + ROW / 2 + 4 }, `rank ${rank.rank}`)));
    for (const wait of waits) {
      if (wait.end <= from || wait.end > edge || !rows.has(wait.rank) || x(wait.end) - x(wait.start) < 0.7) continue;
      const said = sentence(wait);
      const box = svg("rect", { class: `idle ${wait.cause}`, x: x(wait.start), y: rows.get(wait.rank), width: x(wait.end) - x(wait.start), height: ROW });
      box.append(svg("title", {}, said));
      box.addEventListener("pointerenter", () => { words.textContent = said; });
      view.append(box);
    }
    const drawn = new Map();
    for (const span of shown) {
      const left = x(span.start);
      const wide = Math.max(0.4, x(span.end) - left);
      // of many that share a pixel one is drawn
      if (left + wide - (drawn.get(span.rank) ?? -1) < 0.4) continue;
      drawn.set(span.rank, left + wide);
      const kind = /^[0-9]/.test(span.what) ? span.what.replace(/[0-9]/g, "") : span.what;
      const said = `${span.what} of batch ${span.step} on rank ${span.rank}, ${milliseconds(span.end - span.start)}`
        + (span.stale < 0 ? "" : `, with weights that were ${span.stale} steps old`);
      const box = svg("rect", { class: kind, x: left, y: rows.get(span.rank), width: wide, height: ROW }, svg("title", {}, said));
      box.addEventListener("pointerenter", () => { words.textContent = said; });
      view.append(box);
      if (wide > 26) {
        view.append(svg("text", { class: "label", x: left + wide / 2, y: rows.get(span.rank) + ROW / 2 + 4, "text-anchor": "middle" }, span.what));
      }
    }
    for (const rank of ranks) {
      const bottom = rows.get(rank.rank) + ROW + MEMORY;
      let line = "";
      let last = -1;
      for (const span of shown) {
        if (span.rank !== rank.rank) continue;
        const at = x(span.end);
        if (line !== "" && at - last < 0.5) continue;
        last = at;
        line += `${line === "" ? "M" : "L"} ${at} ${bottom - (span.memory / most) * (MEMORY - 4)} `;
      }
      if (line !== "") view.append(svg("path", { class: "held", d: line }, svg("title", {}, `rank ${rank.rank} holds up to ${bytes(most)} for backwards`)));
    }
    for (const tick of ticks(-seconds, 0, 10)) {
      view.append(svg("text", { class: "faint", x: x(edge + tick), y: height - 6, "text-anchor": tick === 0 ? "end" : "middle" }, `${short(tick, 3)} s`));
    }
    return view;
  }

  function rankTable(ranks) {
    const stream = ranks.some((rank) => rank.versions > 1 || rank.most_stale > 0);
    const heads = ["rank", "stages", "node", "step", "busy", "waits for ranks", "for messages", "for a core", "between batches", "held", "allocated", "messages here", ...(stream ? ["versions", "late by"] : [])];
    return el("table", {}, el("caption", {}, `the last ${KEPT_SECONDS} seconds`),
      el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head))),
      ...ranks.map((rank) => el("tr", {}, ...[
        rank.rank, rank.stages.join(", "), rank.node || "here", rank.steps.toLocaleString("en"),
        rank.busy === null ? "-" : `${short(100 * rank.busy, 3)} %`,
        ...["dependency", "communication", "host", "batch"].map((cause) => (rank.busy === null ? "-" : `${short(100 * rank.waits[cause], 2)} %`)),
        bytes(rank.held_bytes), bytes(rank.allocated_bytes), rank.waiting,
        ...(stream ? [rank.versions, `${short(rank.mean_stale, 3)} (at most ${rank.most_stale})`] : []),
      ].map((value) => el("td", {}, String(value))))));
  }

  function tellLinks(ranks, again) {
    sent.textContent = `messages between ranks${again > 0 ? `; frames sent again: ${again}` : ""}`;
    passed.replaceChildren(...ranks.flatMap((rank) => rank.sent.map((link) => el("tr", {},
      ...[rank.rank, link.to, link.messages.toLocaleString("en"), bytes(link.bytes)].map((value) => el("td", {}, String(value)))))));
  }

  async function compare() {
    if (ended) return;
    if (!held && !document.hidden) {
      try {
        const seen = await ask(`${path}/batch`);
        if (seen.measured) showBatch(seen);
      } catch (problem) {
        if (problem.status === 404) return;
      }
    }
    setTimeout(compare, BATCH_MILLIS);
  }

  function showBatch(seen) {
    const end = Math.max(seen.measured_s, seen.simulated_s);
    const measured = {
      ...seen, schedule: "measured", makespan: seen.measured_s, bubble: seen.measured_bubble, spans: seen.measured,
      bubbles: [], memory: [], peak_memory: [],
    };
    const tell = (text) => { words.textContent = text; };
    batch.replaceChildren(
      el("h2", {}, `batch ${seen.step} measured, and simulated with the times of ${seen.steps} batches`),
      el("p", {}, `measured ${milliseconds(seen.measured_s)}, simulated ${milliseconds(seen.simulated_s)}: `
        + `${seen.error >= 0 ? "+" : ""}${short(100 * seen.error, 2)} %`),
      el("h3", {}, "measured"), el("div", { class: "scroll" }, gantt(measured, end, tell)),
      el("h3", {}, "simulated"), el("div", { class: "scroll" }, gantt(seen.simulated, end, tell)));
  }

  look();
  compare();
  return () => { ended = true; where.replaceChildren(); };
}
