import { causes, gantt } from "./gantt.js";
import { ask, el, short } from "./dom.js";

// Schedules to play with. The server simulates; the address behind # holds all that was chosen, so that it can be sent to others.

const FIELDS = [
  ["ranks", "ranks", "4"], ["micro-batches", "micro-batches", "8"], ["chunks", "stages a rank", ""], ["replicas", "replicas", ""],
  ["forward", "F", ""], ["backward-input", "I", ""], ["backward-weight", "W", ""], ["comm", "message", ""],
  ["weight-memory", "held from I to W", ""], ["memory-limit", "memory limit", ""], ["recompute", "recompute", ""],
];
const AFTER_TYPING_MILLIS = 300;

function query(state, schedule) {
  const asked = new URLSearchParams();
  for (const [key] of FIELDS) {
    const shape = ["ranks", "micro-batches", "chunks", "replicas", "recompute"].includes(key);
    if (state.get(key) && !(schedule === "by hand" && shape)) asked.set(key, state.get(key));
  }
  if (schedule === "by hand") asked.set("order", state.get("order") ?? "");
  else asked.set("schedule", schedule);
  return asked;
}

function save(name, type, content) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = el("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** The picture with the colours that it has now, since a file of its own has no style sheet. */
function standalone(picture) {
  const copy = picture.cloneNode(true);
  const from = picture.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(from[i]);
    for (const name of ["fill", "stroke", "stroke-width", "font"]) element.setAttribute(name, style.getPropertyValue(name));
    element.removeAttribute("class");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const [, , width, height] = picture.getAttribute("viewBox").split(" ");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  return new XMLSerializer().serializeToString(copy);
}

function png(picture, name) {
  const image = new Image();
  const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
  image.onload = () => {
    const canvas = el("canvas", { width: 2 * width, height: 2 * height });
    const context = canvas.getContext("2d");
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(name, "image/png", blob));
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(picture))}`;
}

/** The cells of an order, the one that is to blame marked. */
function cells(text, wrong) {
  return el("div", { class: "scroll" }, el("table", { class: "cells" },
    ...text.trim().split("\n").map((row, rank) => el("tr", {}, el("th", {}, `rank ${rank}`),
      ...row.split(",").map((cell, column) => {
        const bad = wrong && wrong.rank === rank && wrong.column === column;
        return el("td", { class: bad ? "wrong" : false, "aria-invalid": bad ? "true" : false }, cell.trim() || " ");
      })))));
}

function shown(simulation, end) {
  const words = el("p", { class: "faint", "aria-live": "polite" }, "point at a box, or at a place where nothing is done");
  const picture = gantt(simulation, end, (text) => { words.textContent = text; });
  const name = simulation.schedule.replace(/[^a-z0-9]+/gi, "-");
  return el("section", { class: "panel" },
    el("h2", {}, simulation.schedule),
    el("ul", { class: "facts" },
      ...[["makespan", short(simulation.makespan)], ["bubble", `${short(100 * simulation.bubble)} %`], ["ideal", short(simulation.ideal)],
        ["most held", simulation.peak_memory.map((held) => short(held)).join(", ")],
        ["stages of ranks", simulation.stages_of_ranks.map((stages) => stages.join("+")).join(" | ")]]
        .map(([key, value]) => el("li", {}, `${key} `, el("b", {}, value)))),
    el("div", { class: "scroll" }, picture),
    words,
    el("div", { class: "row" },
      el("button", { type: "button", onclick: () => save(`${name}.svg`, "image/svg+xml", standalone(picture)) }, "SVG"),
      el("button", { type: "button", onclick: () => png(picture, `${name}.png`) }, "PNG"),
      el("button", { type: "button", onclick: () => save(`${name}.csv`, "text/csv", simulation.csv) }, "CSV"),
      el("button", { type: "button", onclick: () => save(`${name}.json`, "application/json", JSON.stringify(simulation)) }, "JSON")),
    causes(simulation));
}

/**
 * The view of the playground.
 *
 * @returns what ends it
 */
export function playView(main, state) {
  const problem = el("p", { class: "error", role: "alert" });
  const results = el("div");
  const first = el("select", { "data-key": "schedule" });
  const second = el("select", { "data-key": "beside" });
  const form = el("form", { onsubmit: (event) => event.preventDefault() },
    el("label", {}, "schedule", first), el("label", {}, "beside", second),
    ...FIELDS.map(([key, label, usual]) => {
      if (usual && !state.has(key)) state.set(key, usual);
      const input = el("input", { type: "text", inputmode: "decimal", "data-key": key, value: state.get(key) ?? "", placeholder: "usual" });
      return el("label", {}, label, input);
    }));
  const text = el("textarea", { "data-key": "order", spellcheck: "false", "aria-label": "order, a row a rank" });
  const grid = el("div");
  const edit = el("details", { class: "panel" },
    el("summary", {}, "order by hand, or as CSV"),
    el("p", { class: "faint" }, "One row a rank, cells like 0F0 (stage 0, forward, micro-batch 0) with commas between; also B, I, W, R."),
    el("div", { class: "row" },
      el("button", { type: "button", onclick: () => take(false) }, "begin with the schedule above"),
      el("button", { type: "button", onclick: () => take(true) }, "simulate this order")),
    text, grid);
  main.append(el("h1", {}, "Playground"), form, problem, results, edit);
  text.value = state.get("order") ?? "";
  edit.open = state.get("schedule") === "by hand";

  let waiting = 0;
  let round = 0;
  let csv = "";

  function read() {
    for (const input of main.querySelectorAll("[data-key]")) {
      if (input.value) state.set(input.dataset.key, input.value);
      else state.delete(input.dataset.key);
    }
    history.replaceState(null, "", `#play?${state}`);
  }

  function take(byHand) {
    if (byHand) first.value = "by hand";
    else text.value = csv;
    read();
    draw();
  }

  async function draw() {
    const mine = ++round;
    const names = [first.value, second.value].filter((name) => name);
    const answers = [];
    problem.textContent = "";
    grid.replaceChildren();
    for (const name of names) {
      try {
        answers.push(await ask(`api/simulate?${query(state, name)}`));
      } catch (refused) {
        if (mine !== round) return;
        const { rank, column } = refused.body ?? {};
        const where = rank === undefined ? "" : `, rank ${rank}, column ${column}`;
        problem.textContent += `${problem.textContent ? "\n" : ""}${name}${where}: ${refused.message}`;
        if (name === "by hand" && rank !== undefined) grid.replaceChildren(cells(state.get("order") ?? "", { rank, column }));
      }
    }
    if (mine !== round) return;
    const end = Math.max(...answers.map((answer) => answer.makespan), 1e-12);
    results.replaceChildren(...answers.map((answer) => shown(answer, end)));
    if (answers.length > 0 && names[0] !== "by hand") csv = answers[0].csv;
  }

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(() => { read(); draw(); }, AFTER_TYPING_MILLIS);
  }

  form.addEventListener("input", later);
  ask("api/schedules").then((schedules) => {
    const names = schedules.map((schedule) => schedule.name);
    first.replaceChildren(...[...names, "by hand"].map((name) => el("option", { value: name }, name)));
    second.replaceChildren(el("option", { value: "" }, "nothing"), ...names.map((name) => el("option", { value: name }, name)));
    first.value = state.get("schedule") ?? "1f1b";
    second.value = state.get("beside") ?? "";
    read();
    draw();
  }, (refused) => { problem.textContent = `the server does not answer: ${refused.message}`; });
  return () => clearTimeout(waiting);
}
