import { ask, el, short } from "./dom.js";

// The nodes of a cluster, what they do, and the jobs that wait for them.

const LOOK_MILLIS = 1000;

function table(caption, heads, rows) {
  return el("section", { class: "panel" }, el("h2", {}, caption),
    rows.length === 0 ? el("p", {}, "none") : el("div", { class: "scroll" }, el("table", {},
      el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head))),
      ...rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, cell instanceof Node ? cell : String(cell))))))));
}

/**
 * The view of a cluster.
 *
 * @returns what ends it
 */
export function clusterView(main, token) {
  const state = document.getElementById("state");
  const all = el("div");
  main.append(el("h1", {}, "Cluster"), all);
  let ended = false;

  async function post(what, name, words) {
    try {
      await ask(`api/cluster/${what}?name=${encodeURIComponent(name)}`, { method: "POST", headers: { "X-Millrace-Token": token ?? "" } });
      state.textContent = words;
    } catch (problem) {
      state.textContent = problem.message;
    }
  }

  function button(words, act) {
    return token ? el("button", { type: "button", class: "danger", onclick: act }, words) : "";
  }

  function jobs(list) {
    return table("jobs", ["run", "state", "since", "workers", "step", "because", ""], list.map((job) => [
      job.run, job.state, new Date(job.since).toLocaleTimeString(), job.workers.join(", ") || `wants ${job.wanted_workers}`,
      job.steps ? `${job.step.toLocaleString("en")} of ${job.steps.toLocaleString("en")}` : job.step.toLocaleString("en"),
      job.reason ?? (job.before > 0 ? `${job.before} before it` : ""),
      /^(queued|running|recovering)$/.test(job.state)
        ? button(`end ${job.run}`, () => post("cancel", job.run, `${job.run} ends after the step that is under way`)) : "",
    ]));
  }

  function members(list) {
    return table("nodes", ["node", "roles", "status", "ranks", "of run", "data", ""], list.map((member) => [
      member.address, member.roles.join(", "), member.status, member.ranks.join(", ") || "-", member.run ?? "-",
      member.ranks.length > 0 ? member.data : "-",
      member.status === "up" ? button(`drain ${member.address}`, () => post("drain", member.address, `${member.address} leaves`)) : "",
    ]));
  }

  function waiting(runs) {
    return table("ranks", ["run", "rank", "waits for", "since", "work on a step"], runs.flatMap((run) => run.ranks.map((rank) => [
      run.run, rank.rank, rank.waits_for, `${short(rank.waiting_s, 3)} s`, `${short(rank.busy_ms_per_step, 3)} ms`,
    ])));
  }

  async function look() {
    if (ended) return;
    if (!document.hidden) {
      try {
        const seen = await ask("api/cluster");
        if (ended) return;
        // what has the keyboard's focus has it afterwards too
        const focus = all.contains(document.activeElement) ? document.activeElement.textContent : null;
        all.replaceChildren(
          el("ul", { class: "facts" }, ...seen.runs.map((run) => el("li", {}, `${run.run}: `,
            el("b", {}, `${run.phase}, run epoch ${run.run_epoch}, step ${run.step.toLocaleString("en")}`)))),
          members(seen.members), jobs(seen.jobs), waiting(seen.runs));
        if (focus) [...all.querySelectorAll("button")].find((button) => button.textContent === focus)?.focus();
        state.textContent = state.textContent.startsWith("the cluster") ? "" : state.textContent;
      } catch (problem) {
        if (ended) return;
        state.textContent = `the cluster: ${problem.message}`;
        if (problem.status === 404) return;
      }
    }
    setTimeout(look, LOOK_MILLIS);
  }

  look();
  return () => { ended = true; state.textContent = ""; };
}
