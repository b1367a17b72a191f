// codi: everything pages do beyond htmx. One delegated listener per event, so swapped fragments need no re-binding
// and a strict content policy holds. Sections: 1 shell · 2 lists, tabs and filters
"use strict";
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const root = document.documentElement;

// 1 shell: theme, menus, dialogs, messages -------------------------------------------------
const themes = ["system", "light", "dark"];
function nextTheme() {
  const name = themes[(themes.indexOf(root.dataset.theme || "system") + 1) % 3];
  name === "system" ? root.removeAttribute("data-theme") : root.setAttribute("data-theme", name);
  $$("[data-theme-name]").forEach(e => e.textContent = name);
  document.cookie = `codi_theme=${name};path=/;max-age=31536000;samesite=lax`;   // the server draws it right from the start
}
function toast(text, kind = "ok") {
  const box = document.createElement("div"), p = document.createElement("p");
  box.className = `alert ${kind}`; p.textContent = text; box.append(p);
  $("#toast")?.replaceChildren(box);
  if (kind === "ok") setTimeout(() => box.remove(), 5000);
}
function open(id) { const d = $(id); if (d && !d.open) { d.showModal(); $("input", d)?.focus(); } }

// 2 lists, tabs and filters ------------------------------------------------------------------
const visible = e => e.checkVisibility();
function pickTab(tab) {
  $$('[role="tab"]', tab.closest('[role="tablist"]')).forEach(t => {
    const on = t === tab;
    t.setAttribute("aria-selected", on); t.tabIndex = on ? 0 : -1;
    const panel = document.getElementById(t.getAttribute("aria-controls")); if (panel) panel.hidden = !on;
  });
}
function walk(event) {                        // arrows, Home and End inside lists and tabs
  const tab = event.target.closest('[role="tab"]'), list = event.target.closest("[data-arrows]");
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step && event.key !== "Home" && event.key !== "End") return;
  if (!tab && (!list || /Left|Right/.test(event.key))) return;
  const scope = tab ? tab.closest('[role="tablist"]') : event.target.closest("[data-walk]") || list;
  const all = $$(tab ? '[role="tab"]' : list.dataset.arrows, scope).filter(visible), at = all.indexOf(event.target);
  if (at < 0) return;
  const next = all[event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : (at + step + all.length) % all.length];
  event.preventDefault(); next.focus(); if (tab) pickTab(tab === next ? tab : next);
}
function find(input) {                        // hides what does not contain the text
  const text = input.value.trim().toLowerCase();
  $$(input.dataset.find).forEach(e => (e.closest("li, tr") || e).hidden = !!text && !e.textContent.toLowerCase().includes(text));
}

const actions = {
  theme: nextTheme,
  commands: () => open("#commands"),
  keys: () => open("#keys"),
  close: b => b.closest("dialog").close(),
};
addEventListener("click", event => {
  const doer = event.target.closest("[data-do]"), tab = event.target.closest('[role="tab"]');
  if (doer) actions[doer.dataset.do]?.(doer, event);
  if (tab) pickTab(tab);
  $$("details.menu-box[open]").forEach(d => { if (!d.contains(event.target)) d.open = false; });
  if (event.target.matches("dialog")) event.target.close();   // the backdrop
});
addEventListener("keydown", event => {
  const typing = event.target.matches("input, textarea, select");
  if (event.ctrlKey && event.key === "k") { event.preventDefault(); open("#commands"); }
  else if (event.key === "Escape") $$("details.menu-box[open]").forEach(d => { d.open = false; $("summary", d).focus(); });
  else if (event.key === "/" && !typing) { const f = $("main input[type=search]"); if (f) { event.preventDefault(); f.focus(); } }
  else if (event.key === "?" && !typing) open("#keys");
  else if (!typing || event.target.type === "search") walk(event);
});
addEventListener("input", event => {
  const { find: selector, confirm } = event.target.dataset;
  if (selector) find(event.target);
  if (confirm) $(confirm).disabled = !$$(`[data-confirm="${confirm}"]`).every(e => e.value.trim().length >= (e.minLength > 0 ? e.minLength : 1) && (!e.dataset.word || e.value.trim() === e.dataset.word));
});
addEventListener("change", event => { if (event.target.matches("[data-submit]")) event.target.form.requestSubmit(); });
addEventListener("toast", event => toast(event.detail.value));
addEventListener("htmx:error", () => toast("CODI does not answer. What you typed stays here; try again in a moment.", "bad"));
