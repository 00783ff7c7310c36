import { COLOURS, lineChart } from "./chart.js";
import { ask, el, short } from "./dom.js";
import { lineView } from "./line.js";

// Runs as they go on. What is shown is what the run has told, line by line: the same lines that --json prints.

const REDRAW_MILLIS = 250;
const LOOK_AGAIN_MILLIS = 2000;
const MOST_POINTS = 20000;

/** What one run has told so far. */
class Told {
  constructor(name, colour) {
    this.name = name;
    this.colour = colour;
    this.start = null;
    this.steps = [];
    this.epochs = [];
    this.evaluations = [];
    this.events = [];
    this.done = null;
    this.changed = true;
    this.first = null;
  }

  take(line, at) {
    const event = JSON.parse(line);
    this.changed = true;
    switch (event.event) {
      case "start": this.start = event; break;
      case "step":
        this.first ??= { step: event.step, at };
        this.last = { step: event.step, at };
        this.steps.push(event);
        if (this.steps.length > MOST_POINTS) this.steps = this.steps.filter((_, i) => i % 2 === 1);
        break;
      case "epoch": this.epochs.push({ ...event, step: this.steps.at(-1)?.step ?? event.epoch }); break;
      case "evaluation": this.evaluations.push(event); break;
      case "placed":
        // what came after that step is made once more
        for (const key of ["steps", "epochs", "evaluations"]) this[key] = this[key].filter((line) => line.step <= event.from_step);
        this.first = null;
        this.events.push({ ...event, step: event.from_step });
        break;
      case "done": this.done = event; break;
      default: this.events.push({ ...event, step: this.steps.at(-1)?.step ?? 0 });
    }
  }

  /** Seconds until the end at the pace so far; null where that is not known. */
  left() {
    const end = this.start?.last_step;
    if (!end || this.done || !this.last || this.last.step === this.first.step) return null;
    const seconds = (this.last.at - this.first.at) / 1000;
    return (seconds / (this.last.step - this.first.step)) * (end - this.last.step);
  }

  points(lines, key) {
    return lines.filter((line) => line[key] !== undefined).map((line) => [line.step, line[key]]);
  }
}

function clock(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return "-";
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function metrics(runs) {
  const names = new Set();
  for (const run of runs) {
    for (const line of [...run.epochs, ...run.evaluations]) {
      Object.keys(line).filter((key) => /_(loss|accuracy)$/.test(key)).forEach((key) => names.add(key));
    }
  }
  return [...names].sort();
}

function sentence(event) {
  switch (event.event) {
    case "recovering": return `a loss: ${event.reason}`;
    case "placed": return `run epoch ${event.run_epoch} from step ${event.from_step}: `
      + event.workers.map((worker) => `${worker.address} ranks ${worker.ranks.join(", ") || "none"}`).join("; ")
      + (event.seconds > 0 ? `; ${event.seconds} s after the loss` : "");
    case "notice": return event.message;
    default: return event.event;
  }
}

function facts(run) {
  const start = run.start ?? {};
  const last = run.steps.at(-1) ?? {};
  const all = [
    ["network", start.model], ["parameters", start.parameters?.toLocaleString("en")], ["stages", start.stages?.length],
    ["schedule", start.schedule], ["micro-batches", start.micro_batches], ["batch", start.batch],
    ["step", (run.done?.steps ?? last.step)?.toLocaleString("en")], ["loss", short(run.done?.loss ?? last.loss)],
    ["samples/s", short(run.done?.samples_per_s ?? last.samples_per_s)], ["time left", run.done ? "over" : clock(run.left())],
  ];
  return el("ul", { class: "facts" },
    ...all.filter(([, value]) => value !== undefined).map(([name, value]) => el("li", {}, `${name} `, el("b", {}, String(value)))));
}

function differences(settings) {
  const keys = new Set(settings.flatMap(([, values]) => Object.keys(values)));
  const differing = [...keys].sort().filter((key) => new Set(settings.map(([, values]) => values[key])).size > 1);
  const shown = settings.length > 1 ? differing : [...keys].sort();
  return el("details", { class: "panel" },
    el("summary", {}, settings.length > 1 ? `settings that differ (${differing.length})` : "settings"),
    el("div", { class: "scroll" }, el("table", {},
      el("tr", {}, el("th", {}, "setting"), ...settings.map(([name]) => el("th", {}, name))),
      ...shown.map((key) => el("tr", {}, el("th", {}, key), ...settings.map(([, values]) => el("td", {}, values[key] ?? "-")))))));
}

/**
 * The view of runs.
 *
 * @returns what ends it
 */
export function runsView(main, token) {
  const state = document.getElementById("state");
  const choices = el("div", { class: "row", role: "group", "aria-label": "runs" });
  const tops = el("div", { class: "tops" });
  const loss = lineChart("loss");
  const rate = lineChart("samples per second");
  const lr = lineChart("learning rate");
  const norms = lineChart("gradient norm");
  const others = new Map();
  const panels = el("div", { class: "panels" }, loss, rate, lr, norms);
  const events = el("section", { class: "panel" }, el("h2", {}, "what happened"), el("ol", { class: "events" }));
  const settings = el("div");
  const line = el("section", { class: "panel", hidden: true });
  main.append(el("h1", {}, "Runs"), choices, tops, line, panels, events, settings);

  const told = new Map();
  const streams = new Map();
  const known = new Map();
  const rows = new Map();
  let settingsOf = "";
  let watched = "";
  let ended = false;
  let unwatch = () => {};

  function open(name) {
    const run = new Told(name, COLOURS[told.size % COLOURS.length]);
    told.set(name, run);
    const stream = new EventSource(`api/runs/${encodeURIComponent(name)}/stream`);
    stream.onmessage = (message) => run.take(message.data, performance.now());
    stream.addEventListener("end", () => stream.close());
    stream.onerror = () => { state.textContent = "the connection is lost; trying again"; };
    stream.onopen = () => { state.textContent = ""; };
    streams.set(name, stream);
  }

  function close(name) {
    streams.get(name)?.close();
    streams.delete(name);
    told.delete(name);
  }

  async function post(name, what, words) {
    try {
      await ask(`api/runs/${encodeURIComponent(name)}/${what}`, { method: "POST", headers: { "X-Millrace-Token": token ?? "" } });
      state.textContent = words;
    } catch (problem) {
      state.textContent = problem.message;
    }
  }

  async function look() {
    let runs;
    try {
      runs = await ask("api/runs");
    } catch (problem) {
      if (ended) return;
      state.textContent = `the server does not answer: ${problem.message}`;
      return;
    }
    if (ended) return;
    if (runs.length === 0) choices.replaceChildren("No run here; the playground is.");
    watch(runs.find((run) => run.watchable && told.has(run.run))?.run ?? "");
    for (const run of runs) {
      const before = known.get(run.run);
      known.set(run.run, run);
      if (before?.over && !run.over && told.has(run.run)) {
        // the same name again
        close(run.run);
        open(run.run);
      }
      if (!before) {
        const box = el("input", {
          type: "checkbox", checked: told.size === 0,
          onchange: (event) => { event.target.checked ? open(run.run) : close(run.run); draw(true); },
        });
        choices.append(el("label", { class: "row" }, box, run.run));
        if (told.size === 0) open(run.run);
      }
    }
  }

  /** The ranks of one run at a time; what was seen last stays when the run is over. */
  function watch(name) {
    if (name === watched || (name === "" && told.has(watched))) return;
    watched = name;
    unwatch();
    line.hidden = name === "";
    unwatch = name === "" ? () => {} : lineView(name, line);
  }

  /** Made once: buttons stay where they are while somebody is about to press them. */
  function controls(name) {
    const row = {
      title: el("strong", {}, name),
      facts: el("div"),
      buttons: el("div", { class: "row" },
        el("button", { type: "button", onclick: () => post(name, "save", `a checkpoint of ${name} is made where it can be`) }, "save it now"),
        el("button", {
          class: "danger", type: "button", onclick: () => post(name, "cancel", `${name} ends after the step that is under way`),
        }, "end this run")),
    };
    row.row = el("div", { class: "row" }, row.title, row.facts, row.buttons);
    tops.append(row.row);
    return row;
  }

  function draw(force) {
    const runs = [...told.values()];
    if (!force && !runs.some((run) => run.changed)) return;
    runs.forEach((run) => { run.changed = false; });
    const name = (run, what) => (runs.length > 1 ? `${run.name} ${what}` : what);
    for (const [name, row] of rows) {
      if (!told.has(name)) {
        row.row.remove();
        rows.delete(name);
      }
    }
    for (const run of runs) {
      if (!rows.has(run.name)) rows.set(run.name, controls(run.name));
      const row = rows.get(run.name);
      row.title.hidden = runs.length === 1;
      row.facts.replaceChildren(facts(run));
      row.buttons.hidden = !token || !known.get(run.name)?.cancellable || run.done !== null;
    }
    const lines = (key, what) => runs.map((run) => ({ name: name(run, what), colour: run.colour, points: run.points(run.steps, key) }));
    loss.update(lines("loss", "loss"));
    rate.update(lines("samples_per_s", "samples/s"));
    lr.update(lines("lr", "learning rate"));
    norms.update(lines("gradient_norm", "norm"));
    for (const metric of metrics(runs)) {
      if (!others.has(metric)) {
        const chart = lineChart(metric.replace("_", " "));
        others.set(metric, chart);
        panels.append(chart);
      }
      others.get(metric).update(runs.map((run) => ({
        name: name(run, metric), colour: run.colour,
        points: run.points([...run.epochs, ...run.evaluations].sort((a, b) => a.step - b.step), metric),
      })));
    }
    const happened = runs.flatMap((run) => run.events.map((event) => [run, event]));
    events.hidden = happened.length === 0;
    events.lastChild.replaceChildren(...happened.map(([run, event]) =>
      el("li", {}, `${name(run, `step ${event.step}`)}: ${sentence(event)}`)));
    showSettings(runs.map((run) => run.name));
  }

  async function showSettings(names) {
    if (settingsOf === names.join("\n")) return;
    settingsOf = names.join("\n");
    const all = await Promise.all(names.map(async (name) =>
      [name, (await ask(`api/runs/${encodeURIComponent(name)}/settings`)).settings]));
    settings.replaceChildren(differences(all));
  }

  look();
  const looking = setInterval(look, LOOK_AGAIN_MILLIS);
  const drawing = setInterval(() => draw(false), REDRAW_MILLIS);
  return () => {
    ended = true;
    clearInterval(looking);
    clearInterval(drawing);
    streams.forEach((stream) => stream.close());
    unwatch();
    state.textContent = "";
  };
}
