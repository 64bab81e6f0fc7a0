"use strict";
(() => {
  const root = document.documentElement;
  const get = (id) => document.getElementById(id);
  root.classList.add("js");

  // Light and dark.
  const theme = get("theme");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const name = () => { theme.textContent = dark() ? "Light" : "Dark"; theme.setAttribute("aria-label", `${theme.textContent} colours`); };
  const remembered = (value) => {
    try {
      return value ? localStorage.setItem("aigen-theme", value) : localStorage.getItem("aigen-theme");
    } catch {
      return null; // a browser may keep nothing for files
    }
  };
  const kept = remembered();
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  name();
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remembered(root.dataset.theme);
    name();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);

  // Python in colours, when it is first seen. The lines of one block are one text, so that a long string is one string.
  const WORDS = "False|None|True|and|as|assert|async|await|break|case|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|nonlocal|not|or|pass|raise|return|try|while|with|yield";
  const TOKENS = new RegExp(
    "(?<com>#[^\\n]*)" +
      "|(?<str>(?<!\\w)[rRbBuUfFtT]{0,2}(?:\"\"\"[\\s\\S]*?(?:\"\"\"|(?![\\s\\S]))|'''[\\s\\S]*?(?:'''|(?![\\s\\S]))|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?))" +
      "|(?<def>(?<=\\b(?:def|class) )\\w+|(?<=^[ +-]*)@[\\w.]+)" +
      "|(?<kw>(?<![\\w.])(?:" + WORDS + ")\\b)" +
      "|(?<num>\\b\\d[\\w.]*)",
    "gm",
  );
  const coloured = new WeakSet();
  const colour = (place) => {
    if (coloured.has(place)) return;
    coloured.add(place);
    const lines = [...place.querySelectorAll("code.py")];
    const texts = lines.map((line) => line.textContent.replace(/\n$/, ""));
    const whole = texts.join("\n");
    if (whole.length > 400000) return;
    const found = [...whole.matchAll(TOKENS)].map((match) => {
      const kind = Object.keys(match.groups).find((key) => match.groups[key] !== undefined);
      return [match.index, match.index + match[0].length, kind];
    });
    let start = 0;
    let next = 0;
    lines.forEach((line, number) => {
      const text = texts[number];
      const end = start + text.length;
      const parts = [];
      let at = start;
      while (next < found.length && found[next][0] < end) {
        const [from, to, kind] = found[next];
        const [left, right] = [Math.max(from, start), Math.min(to, end)];
        if (left > at) parts.push(whole.slice(at, left));
        const span = document.createElement("span");
        span.className = kind;
        span.textContent = whole.slice(left, right);
        parts.push(span);
        at = right;
        if (to > end) break;
        next += 1;
      }
      if (at < end) parts.push(whole.slice(at, end));
      if (line.textContent.endsWith("\n")) parts.push("\n");
      line.replaceChildren(...parts);
      start = end + 1;
      while (next < found.length && found[next][1] <= start) next += 1;
    });
  };
  const colourIn = (details) => details.querySelectorAll("pre.code, .source").forEach(colour);
  const OPEN = "details.test[open], details.old[open], details.file[open]";
  document.querySelectorAll(OPEN).forEach(colourIn);
  document.addEventListener("toggle", (event) => { if (event.target.matches(OPEN)) colourIn(event.target); }, true);

  // Which tests are shown.
  const tests = [...document.querySelectorAll("details.test")];
  const controls = ["verdict", "check", "file"].map(get).filter(Boolean);
  const search = get("search");
  const texts = new Map();
  const textOf = (test) => {
    if (!texts.has(test)) texts.set(test, (test.closest(".suspect") || test).textContent.toLowerCase());
    return texts.get(test);
  };
  const box = (test) => test.closest(".suspect") || test;
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const test of tests) {
      const fits = controls.every((control) => !control.value || test.dataset[control.id] === control.value)
        && (!words.length || words.every((word) => textOf(test).includes(word)));
      box(test).hidden = !fits;
      shown += fits;
    }
    for (const part of document.querySelectorAll(".part, .group")) {
      part.hidden = !part.querySelector("details.test:not([hidden])");
    }
    const [some, all] = [shown, tests.length].map((number) => number.toLocaleString("en"));
    get("shown").textContent = shown === tests.length ? `${all} tests` : `${some} of ${all} tests`;
    get("none").hidden = shown > 0;
  };
  const clear = () => {
    search.value = "";
    controls.forEach((control) => { control.value = ""; });
    filter();
  };
  if (search) {
    let later = 0;
    search.form.addEventListener("submit", (event) => event.preventDefault());
    search.addEventListener("input", () => { clearTimeout(later); later = setTimeout(filter, 80); });
    controls.forEach((control) => control.addEventListener("change", filter));
    get("clear").addEventListener("click", () => { clear(); search.focus(); });
    clear(); // what a browser kept of the form when the page was loaded again
  }

  // A link to a test or a line opens what it is in.
  const reveal = () => {
    const target = location.hash && get(location.hash.slice(1));
    if (!target) return;
    document.querySelectorAll("[popover]:popover-open").forEach((open) => open.hidePopover());
    if (search && target.closest("[hidden]")) clear();
    for (let place = target; place; place = place.parentElement) {
      if (place.localName === "details") place.open = true;
    }
    target.scrollIntoView({ block: target.localName === "tr" ? "center" : "start" });
    const summary = target.querySelector(":scope > summary");
    if (summary) summary.focus({ preventScroll: true });
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) reveal();
  });
  reveal();

  // Keys.
  const go = (step) => {
    const shown = tests.filter((test) => !test.closest("[hidden]"));
    if (!shown.length) return;
    const here = shown.indexOf(document.activeElement.closest("details.test"));
    const next = here < 0 ? (step > 0 ? 0 : shown.length - 1) : here + step;
    if (next < 0 || next >= shown.length) return;
    const summary = shown[next].querySelector("summary");
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "center" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape") {
      if (document.querySelector("[popover]:popover-open")) return;
      const open = event.target.closest("details.test[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      } else if (search && (search.value || controls.some((control) => control.value))) {
        clear();
        if (typing) event.target.blur();
      } else if (typing) {
        event.target.blur();
      }
      return;
    }
    if (typing) {
      if (event.key === "Enter" && event.target === search) { filter(); event.target.blur(); go(1); event.preventDefault(); }
      return;
    }
    if (event.key === "/" && search) {
      search.focus();
      search.select();
    } else if (event.key === "j") {
      go(1);
    } else if (event.key === "k") {
      go(-1);
    } else {
      return;
    }
    event.preventDefault();
  });
})();
