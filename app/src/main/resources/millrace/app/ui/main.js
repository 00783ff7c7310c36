import { ask, el } from "./dom.js";
import { clusterView } from "./cluster.js";
import { runsView } from "./run.js";
import { playView } from "./playground.js";

// The part of the address behind # says what is shown: runs, or play with everything that was chosen. The token comes with the address
// that the command has printed, once; it is kept for this tab and taken out of the address, which people copy.

const main = document.getElementById("main");
let leave = () => {};

function token() {
  const found = /(?:^#|&)token=([0-9a-f]+)/.exec(location.hash);
  if (found) {
    sessionStorage.setItem("token", found[1]);
    history.replaceState(null, "", location.pathname + "#runs");
  }
  return sessionStorage.getItem("token");
}

function show() {
  const key = token();
  const [view, rest] = location.hash.replace(/^#/, "").split(/\?(.*)/s);
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.getAttribute("href") === `#${view || "runs"}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  leave();
  main.replaceChildren();
  if (view === "play") {
    leave = playView(main, new URLSearchParams(rest ?? ""));
  } else if (view === "cluster") {
    leave = clusterView(main, key);
  } else if (view === "" || view === "runs") {
    leave = runsView(main, key);
  } else {
    leave = () => {};
    main.append(el("p", {}, `There is nothing called ${view}.`));
  }
}

// only where there is a cluster is there something to see of it
ask("api/site").then((site) => {
  document.querySelector('nav a[href="#cluster"]').hidden = !site.cluster;
}).catch(() => {});
window.addEventListener("hashchange", show);
show();
