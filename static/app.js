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
function open(id) {
  const d = $(id), box = d && $("input[type=search]", d); if (!d || d.open) return;
  d.showModal();
  if (box) { box.value = ""; find(box); box.focus(); }
}

// 2 lists, tabs and filters ------------------------------------------------------------------
const visible = e => e.checkVisibility();
function pickTab(tab) {
  $$('[role="tab"]', tab.closest('[role="tablist"]')).forEach(t => {
    const on = t === tab;
    t.setAttribute("aria-selected", on); t.tabIndex = on ? 0 : -1;
    const panel = document.getElementById(t.getAttribute("aria-controls")); if (panel) panel.hidden = !on;
  });
  if (tab.closest("#output_pane")) outputTab = tab.id;
}
const entries = list => $$(list.dataset.arrows, list.closest("[data-walk]") || list).filter(visible);
function walk(event) {                        // arrows, Home and End inside lists and tabs
  const tab = event.target.closest('[role="tab"]'), list = event.target.closest("[data-arrows]");
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step && event.key !== "Home" && event.key !== "End") return list && seek(event, list);
  if (!tab && (!list || /Left|Right/.test(event.key))) return;
  const all = tab ? $$('[role="tab"]', tab.closest('[role="tablist"]')).filter(visible) : entries(list), at = all.indexOf(event.target);
  if (at < 0) return;
  const next = all[event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : (at + step + all.length) % all.length];
  event.preventDefault(); next.focus(); if (tab) pickTab(next);
}
let sought = "", soughtAt = 0;
function seek(event, list) {                  // letters go to the next entry whose name begins with them
  if (!/^[\w$]$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
  sought = event.timeStamp - soughtAt < 800 ? sought + event.key.toLowerCase() : event.key.toLowerCase(); soughtAt = event.timeStamp;
  const all = entries(list), at = all.indexOf(event.target) + (sought.length > 1 ? 0 : 1);
  [...all.slice(at), ...all.slice(0, at)].find(e => ($(".name, .k", e) || e).textContent.trim().toLowerCase().startsWith(sought))?.focus();
}
function rove() {                             // of a long list only one entry is a stop for Tab: the one that was in focus last
  $$("[data-walk]").forEach(scope => {
    const list = $("[data-arrows]", scope), all = list ? $$(list.dataset.arrows, scope) : [];
    const stop = all.find(e => e === document.activeElement) || all.find(e => "stop" in e.dataset && visible(e)) || all.find(visible);
    all.forEach(e => {
      if (e.tabIndex !== (e === stop ? 0 : -1)) e.tabIndex = e === stop ? 0 : -1;
      if ("stop" in e.dataset !== (e === stop)) e.toggleAttribute("data-stop");
    });
  });
}
function find(input) {                        // hides what does not contain the text
  const text = input.value.trim().toLowerCase();
  $$(input.dataset.find).forEach(e => (e.closest("li, tr") || e).hidden = !!text && !e.textContent.toLowerCase().includes(text));
  rove();
}
function found(input) { const hit = $$(input.dataset.find).find(visible); return hit && (hit.matches("a, button") ? hit : $("a, button", hit)); }

// What was in focus is replaced by a swap: the same thing in its new form is, or what stands nearest to it.
let trail = null;
addEventListener("focusin", ({ target: e }) => {
  const within = [];
  for (let at = e; at && at !== document.body; at = at.parentElement) if (at.id) within.push(at.id);
  trail = { within, like: x => x.tagName === e.tagName && x.name === e.name && (e.tagName !== "BUTTON" || (x.value === e.value && x.textContent === e.textContent)) };
  const list = e.closest("[data-walk]") && e.closest("[data-arrows]");
  if (list && e.matches(list.dataset.arrows) && e.tabIndex !== 0) rove();
});
function regain() {
  if (document.activeElement !== document.body || !trail) return;
  for (const id of trail.within) {
    const around = document.getElementById(id); if (!around || !visible(around)) continue;
    const all = [around, ...$$("a, button, input, select, textarea, summary", around)].filter(e => e.tabIndex >= 0 && !e.disabled && visible(e));
    const next = all.find(trail.like) || all[0];
    if (next) { next.focus({ preventScroll: true }); return next.scrollIntoView({ block: "nearest" }); }
  }
}
let drawing = false;                           // one reply has many parts
addEventListener("htmx:after:settle", () => {
  regain();
  if (!drawing) drawing = !!requestAnimationFrame(() => { drawing = false; rove(); });
});

const actions = {
  theme: nextTheme,
  commands: () => open("#commands"),
  keys: () => open("#keys"),
  close: b => b.closest("dialog").close(),
  copy: async b => {
    try { await navigator.clipboard.writeText(b.nextElementSibling.content.textContent); toast("Copied."); }
    catch { toast("The browser does not allow copying here.", "bad"); }
  },
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
  if (event.key.length > 1 || event.altKey || typing) sought = "";
  if (event.ctrlKey && event.key === "k") { event.preventDefault(); open("#commands"); }
  else if (event.key === "Escape") $$("details.menu-box[open]").forEach(d => { d.open = false; $("summary", d).focus(); });
  else if (event.key === "/" && !typing) { const f = $("main input[type=search]"); if (f) { event.preventDefault(); f.focus(); } }
  else if (event.key === "?" && !typing) open("#keys");
  else if (event.target.dataset.find && /^(ArrowDown|Enter)$/.test(event.key) && found(event.target)) {
    const hit = found(event.target); event.preventDefault();
    event.key === "Enter" && hit.matches("a") ? hit.click() : hit.focus();
  }
  else if (!typing || event.target.type === "search") walk(event);
});
addEventListener("input", event => {
  const { find: selector, confirm } = event.target.dataset;
  if (selector) find(event.target);
  if (confirm) $(confirm).disabled = !$$(`[data-confirm="${confirm}"]`).every(e => e.value.trim().length >= (e.minLength > 0 ? e.minLength : 1) && (!e.dataset.word || e.value.trim() === e.dataset.word));
});
addEventListener("change", event => { if (event.target.matches("[data-submit]")) event.target.form.requestSubmit(); });
addEventListener("DOMContentLoaded", () => {    // a form that was just asked for is where one wants to be
  rove();
  if (!location.hash) ($('main [aria-invalid="true"]') || $("[data-begin] :is(input:not([type=hidden]), select, textarea)"))?.focus();
});
addEventListener("toast", event => toast(event.detail.value));
addEventListener("htmx:error", () => toast("CODI does not answer. What you typed stays here; try again in a moment.", "bad"));

// 3 the editor: pick, map, filter, trace ------------------------------------------------------------
const editor = () => $("#editor");
let held = null;                              // the source field that was pressed last, or is dragged
const openRow = () => $(".row.is-open > .row-head");
function post(path, values) { return htmx.ajax("POST", editor().dataset.base + path, { values, swap: "none", source: editor() }); }
function map(place, field) { post("/rule", { place, what: "pick", path: field.dataset.path, picked: field.dataset.kind || "leaf" }); }
function pick(field) {                        // a field was pressed: into the text box one was in, else it is held for Alt M
  $$(".is-picked-up").forEach(e => e.classList.remove("is-picked-up"));
  const box = lastBox?.isConnected && lastBox.closest(".row.is-open, #skip_form") ? lastBox : null;
  if (box) return insert(box, field.dataset.path);
  held = field; field.classList.add("is-picked-up");
  const row = openRow(); if (row && visible(row) && $('[role=tab][id^="t-pick"]', row.parentElement)?.ariaSelected === "true") map(row.dataset.place, field);
}
let lastBox = null;
function insert(box, path) {
  const each = box.closest("[data-each]")?.dataset.each, plain = path.replace(/\[\d+\]/g, "");
  if (each && !path.startsWith("$")) path = plain.startsWith(each + ".") ? plain.slice(each.length + 1) : `$root.${path}`;   // as the list's entries see it
  box.focus();
  if (box.matches("input[data-code]")) { box.select(); const kind = kindOf(box); if (kind && !completes(box)) kind.value = "field"; }
  const text = box.dataset.wrap === "braces" ? `{{${path}}}` : path;
  if (!document.execCommand("insertText", false, text)) { box.setRangeText(text, box.selectionStart, box.selectionEnd, "end"); box.dispatchEvent(new Event("input", { bubbles: true })); }
}
function filterRows(name) {
  $$("[data-filter]").forEach(b => b.setAttribute("aria-pressed", b.dataset.filter === name));
  $$(".section > ol > .row").forEach(r => r.hidden = !!name && !r.matches(`.${name}, .is-open`) && !$(`.row.${name}`, r));
  $$("#rules_pane > .section").forEach(s => s.hidden = !!name && !$(".row:not([hidden])", s));
  filtered = name; rove();
}
let filtered = "";
function trace({ traced, used }) {            // lights the fields the open rule reads, and its output
  if (traced) {
    const plain = new Set(traced), row = openRow();
    const inside = path => (path.match(/`[^`]*`|[^.]+/g) || []).some((_, at, steps) => plain.has(steps.slice(0, at + 1).join(".")));
    $$("#source_pane .leaf").forEach(e => e.classList.toggle("is-traced", inside(e.dataset.plain)));
    $$("#output_pane [data-place]").forEach(e => e.classList.toggle("is-traced", !!row && e.dataset.place === row.dataset.place));
  }
  if (used) {
    const all = new Set(used), leaves = $$("#source_pane .leaf");
    leaves.forEach(e => { const on = all.has(e.dataset.plain); e.classList.toggle("unused", !on); const u = $(".use", e); u.classList.toggle("on", on); u.firstElementChild.textContent = on ? "used" : "unused"; });
    const n = leaves.filter(e => all.has(e.dataset.plain)).length;
    if ($("#n-used")) { $("#n-used").textContent = `used ${n}`; $("#n-unused").textContent = `unused ${leaves.length - n}`; }
  }
}
Object.assign(actions, {
  suggestions: () => open("#suggested"),
  show: b => { const panel = b.closest('[role="tabpanel"]'); $$("[data-kind]", panel).forEach(d => d.hidden = d.dataset.kind !== b.dataset.show); $$("[data-do=show]", panel).forEach(x => x.setAttribute("aria-pressed", x === b)); },
  tab: b => { const tab = document.getElementById(b.dataset.tab); pickTab(tab); $(`#${tab.getAttribute("aria-controls")} [data-do=show][data-show=${b.dataset.show}]`)?.click(); },
});
addEventListener("click", event => {
  if (!editor()) return;
  const field = event.target.closest("#source_pane [data-path]"), chip = event.target.closest("[data-filter]"), map_to = event.target.closest("[data-map]");
  if (field?.matches(".leaf") || (field && event.altKey)) pick(field);
  if (chip) filterRows(chip.dataset.filter);
  if (map_to) map(map_to.closest(".row").dataset.place, { dataset: { path: map_to.dataset.map } });
});
addEventListener("focusin", event => {
  if (event.target.matches(".rule-form input:not([type=checkbox]):not([type=hidden]), .rule-form textarea")) lastBox = event.target;
  else if (!event.target.closest("#source_pane")) lastBox = null;
});
addEventListener("dragstart", event => {
  held = event.target.closest?.("[data-path]"); if (!held) return;
  event.dataTransfer.setData("text/plain", held.dataset.path); event.dataTransfer.effectAllowed = "copy";
});
addEventListener("dragover", event => {
  const row = held && event.target.closest?.("#rules_pane .row"); if (!row) return;
  event.preventDefault(); $$(".is-over").forEach(r => r.classList.toggle("is-over", r === row)); row.classList.add("is-over");
});
addEventListener("dragend", () => $$(".is-over").forEach(r => r.classList.remove("is-over")));
addEventListener("drop", event => {
  const row = held && event.target.closest?.("#rules_pane .row"); if (!row) return;
  event.preventDefault(); row.classList.remove("is-over");
  const box = event.target.closest(".insert, [data-code]");
  box ? insert(box, held.dataset.path) : map(row.dataset.place, held);
});
addEventListener("keydown", event => {
  if (!editor()) return;
  const key = event.key.toLowerCase(), mod = event.ctrlKey || event.metaKey, typing = event.target.matches("input:not([type=checkbox]), textarea, select");
  const here = event.target.closest(".row-head") || openRow();
  if (mod && key === "z" && !typing) { event.preventDefault(); post(event.shiftKey ? "/redo" : "/undo", {}); }
  else if (mod && key === "enter") $("#tests").click();
  else if (event.altKey && key === "m" && held && here) { event.preventDefault(); map(here.dataset.place, held); }
  else if (event.altKey && key === "p") { event.preventDefault(); $("main > .bar a.btn.main")?.click(); }
  else if (event.altKey && key === "s") { event.preventDefault(); $("#source_pane .leaf")?.focus(); }
  else if (event.altKey && key === "r") { event.preventDefault(); ($(`#rules_pane [data-place="${CSS.escape(walked)}"].row-head`) || $("#rules_pane .row-head"))?.focus(); }
  else if (event.altKey && /^arrow(left|right)$/.test(key) && !typing) { event.preventDefault(); $(`[data-sample="${key === "arrowleft" ? -1 : 1}"]`)?.click(); }
  else if (event.key === "F8") { event.preventDefault(); const bad = $$(".row.is-error > .row-head").filter(visible); bad[(bad.indexOf(event.target.closest(".row-head")) + 1) % bad.length]?.focus(); }
  else if (event.key === "Escape" && !$("dialog[open]")) {
    const row = openRow();
    if (row && row.parentElement.contains(event.target)) { row.focus(); if (event.target !== row) row.click(); }
  }
});
let walked = "", outputTab = "";              // the row one was on last, and whether the output shows as tree or request
addEventListener("focusin", event => {         // a suggestion is a stop for Tab only on the way from its row
  const head = event.target.closest(".row-head"); if (!head) return;
  walked = head.dataset.place; $$("[data-accept]").forEach(b => { b.tabIndex = b.closest(".row") === head.parentElement ? 0 : -1; });
});

// saved as soon as one pauses, and before one goes elsewhere; tried while one types
const pauses = new WeakMap(), unsaved = new Map(), afterwards = [];   // unsaved: form → the request that saves it, once sent
const waiting = () => [...unsaved.keys()].filter(form => form.isConnected);
function pause(form) { pauses.get(form)?.forEach(clearTimeout); pauses.delete(form); }
addEventListener("input", event => {
  const form = event.target.closest(".rule-form"); if (!form || event.target.matches("select")) return;   // a select's change says it
  pause(form); unsaved.set(form, null);
  if ($("#saved")) $("#saved").textContent = "typing…";
  pauses.set(form, [["try", 40], ["settle", 700]].map(([name, ms]) => setTimeout(() => form.isConnected && form.dispatchEvent(new Event(name)), ms)));
});
for (const name of ["change", "submit"]) addEventListener(name, event => { const form = event.target.closest(".rule-form"); if (form) pause(form); }, true);
addEventListener("click", event => {           // what leads away waits until what was typed is saved
  const doer = event.target.closest(".row-head, a[href], [data-sample], #undo, #redo"), forms = waiting();
  if (!doer || !forms.length || event.ctrlKey || event.metaKey) return;
  event.preventDefault(); event.stopImmediatePropagation();
  afterwards.push(() => (doer.id ? document.getElementById(doer.id) : doer)?.click());   // saving draws the row's head anew
  forms.filter(form => !unsaved.get(form)).forEach(form => { pause(form); form.dispatchEvent(new Event("settle")); });
}, true);
addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (unsaved.get(ctx.sourceElement) === ctx) unsaved.delete(ctx.sourceElement);
  if (afterwards.length && !waiting().length) { unsaved.clear(); afterwards.splice(0).forEach(go => go()); }
});
addEventListener("change", event => { const press = event.target.dataset.press; if (press && event.target.value) document.getElementById(press).click(); });
let touched = 0;                               // a page nobody looks at does not say that somebody is here
for (const name of ["keydown", "pointermove", "pointerdown"]) addEventListener(name, event => { touched = event.timeStamp; }, { passive: true });
addEventListener("htmx:config:request", event => {
  const { ctx } = event.detail, body = ctx.request.body;
  if (/\/presence$/.test(ctx.request.action) && (document.hidden || event.timeStamp - touched > 3e5)) return event.preventDefault();
  if (!editor() || !body?.set) return;
  if (!body.has("sample") && $("#draft_sample")) body.set("sample", $("#draft_sample").value);
  if (ctx.request.method !== "GET") body.set("version", $("#draft_version").value);
  if (ctx.sourceEvent?.type === "try") body.set("typing", "1");
  else if (unsaved.has(ctx.sourceElement)) unsaved.set(ctx.sourceElement, ctx);
  if (ctx.sourceEvent?.type === "settle") body.set("quiet", "1");   // saved, but the boxes one is in stay
  const row = openRow(); if (row && !body.has("open") && !/\/row\?/.test(ctx.request.action)) body.set("open", row.dataset.place);
});
addEventListener("draft-shown", event => {
  $$(".row-head").forEach(h => { if (h.dataset.rowClass) { const row = h.parentElement, open = h.ariaExpanded === "true"; row.className = h.dataset.rowClass + (open ? " is-open" : ""); } });
  const tab = $("#output_pane [role=tab][aria-selected=false]"); if (tab?.id === outputTab) pickTab(tab);
  trace(event.detail); filterRows(filtered); $$(".code.edit textarea").forEach(colour);
  const heads = $$('.row-head[aria-expanded="true"]');
  if (heads.length > 1) heads.filter(h => h.dataset.place !== walked).forEach(h => h.click());   // one rule at a time
});
addEventListener("DOMContentLoaded", () => { $$(".code.edit textarea").forEach(colour); openRow()?.scrollIntoView({ block: "center" }); });

// 4 the code box: colours, error wave, completion -----------------------------------------------------
const TOKENS = /(\/\*[\s\S]*?\*\/)|("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|(\$\w*(?=\s*\())|(\$\w*)|(\b(?:and|or|in|true|false|null)\b)|(`[^`]*`?|[A-Za-z_]\w*)|(\d+(?:\.\d+)?)|([^\s\w])/g;
const KINDS = ["op", "st", "fu", "va", "op", "pa", "nu", "op"];
function colour(box) {
  const pre = box.previousElementSibling, text = box.value, [from, to] = (box.dataset.error || "-1,-1").split(",").map(Number);
  const out = document.createDocumentFragment(); let at = 0;
  const put = (part, kind, start) => {
    const e = document.createElement("i"); e.textContent = part; if (kind) e.className = kind;
    if (start < to && start + part.length > from) e.classList.add("wave");
    if (kind === "fu") { e.dataset.name = part; e.dataset.end = start + part.length; }
    out.append(e);
  };
  for (const match of text.matchAll(TOKENS)) {
    if (match.index > at) put(text.slice(at, match.index), "", at);
    put(match[0], KINDS[match.slice(1).findIndex(g => g !== undefined)], match.index); at = match.index + match[0].length;
  }
  put(text.slice(at) + "\n", "", at); pre.replaceChildren(out);
}
let asked = 0;
const kindOf = box => $("select", box.closest(".operand") || box);
function completes(box) { const kind = kindOf(box); return !kind || /^(field|code|lookup)$/.test(kind.value); }   // else it holds a text
async function complete(box, always) {
  const list = $(".complete", box.parentElement), before = box.value.slice(0, box.selectionStart);
  const mine = ++asked;                        // what was asked before comes too late now
  if (!completes(box) || (!always && !/[\w$.`]$/.test(before))) { list.hidden = true; return; }
  const body = new URLSearchParams({ expr: box.value, at: box.selectionStart, place: box.dataset.place, what: box.dataset.what || "", sample: $("#draft_sample")?.value || "" });
  const reply = await fetch(box.dataset.code, { method: "POST", body, headers: { "HX-Request": "true", "x-csrftoken": JSON.parse(document.body.getAttribute("hx-headers:inherited"))["x-csrftoken"] } });
  const html = reply.ok ? await reply.text() : "";
  if (mine !== asked || document.activeElement !== box) return;
  $$(".complete").forEach(other => { other.hidden = true; other.replaceChildren(); });
  list.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes); list.hidden = !$("li", list);
}
function choose(box, item) {
  box.setSelectionRange(+item.dataset.start, box.selectionStart);
  document.execCommand("insertText", false, item.dataset.text); asked++;   // what is put in asks for nothing more
  const at = box.selectionStart - item.dataset.back; box.setSelectionRange(at, at); $(".complete", box.parentElement).hidden = true;
}
function mark(list, step) {
  const all = $$("li", list), now = all.findIndex(l => l.ariaSelected === "true"), next = all[(now + step + all.length) % all.length];
  all.forEach(l => l.setAttribute("aria-selected", l === next)); next.scrollIntoView({ block: "nearest" }); $(".doc", list).textContent = next.dataset.doc;
  list.previousElementSibling.setAttribute("aria-activedescendant", next.id);
}
addEventListener("input", ({ target }) => {
  if (target.matches(".code.edit textarea")) { delete target.dataset.error; colour(target); }
  if (target.matches("[data-code]")) complete(target);
});
addEventListener("focusin", ({ target }) => { if (target.matches("[data-what=field]") && !target.value) complete(target, true); });
addEventListener("focusout", ({ target }) => { if (target.matches("input[data-code]")) $(".complete", target.parentElement).hidden = true; });
addEventListener("keydown", event => {
  if (!event.target.matches("[data-code]")) return;
  const list = $(".complete", event.target.parentElement), open = !list.hidden;
  if (event.ctrlKey && event.key === " ") { event.preventDefault(); complete(event.target, true); }
  else if (open && event.key === "Escape") { event.preventDefault(); event.stopPropagation(); list.hidden = true; asked++; }
  else if (open && /^Arrow(Up|Down)$/.test(event.key)) { event.preventDefault(); mark(list, event.key === "ArrowDown" ? 1 : -1); }
  else if (event.key === "ArrowDown" && event.target.matches("input")) { event.preventDefault(); complete(event.target, true); }
  else if (open && (event.key === "Enter" || (event.key === "Tab" && !event.target.matches("input")))) { event.preventDefault(); choose(event.target, $('li[aria-selected="true"]', list)); }
}, true);
addEventListener("mousedown", event => {
  const item = event.target.closest(".complete li"), fu = event.target.closest(".code.edit .fu");
  if (item) { event.preventDefault(); choose(item.closest(".complete").previousElementSibling, item); }
  if (fu) { event.preventDefault(); const box = $("textarea", fu.closest(".code")); box.focus(); box.setSelectionRange(+fu.dataset.end, +fu.dataset.end); }
});
addEventListener("mouseover", event => {      // docs of a function, from the palette that stands on the page anyway
  const fu = event.target.closest(".code.edit .fu"); if (!fu || fu.title) return;
  fu.title = $(`.palette option[value="${CSS.escape(fu.textContent.slice(1))}"]`)?.title || "";
});
addEventListener("htmx:after:swap", () => $$(".outcome[data-error]").forEach(o => { const box = $(".code.edit textarea", o.closest(".builder")); if (box) { box.dataset.error = o.dataset.error; colour(box); } }));
