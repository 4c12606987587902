// What the page can do beyond standing there: its tables are saved as CSV, and its rows
// sorted and filtered. Without it they stand in lists that open.
(() => {
  // What a spreadsheet would run gets a quote before it, as in scores.csv.
  const quoted = (cell) => {
    const text = cell.trim().replace(/\s+/g, " ");
    const runs = /^'*[=+\-@]/.test(text) && !/^[+\-\d., [\]−]+$/.test(text);
    return '"' + (runs ? "'" : "") + text.replaceAll('"', '""') + '"';
  };
  const button = (text, name, rows) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.addEventListener("click", () => {
      const csv = rows().map((row) => row.map(quoted).join(",") + "\r\n");
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob(["\ufeff", ...csv], { type: "text/csv" })), download: name + ".csv" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    return made;
  };
  for (const region of document.querySelectorAll(".scroll")) {
    const name = region.getAttribute("aria-label");
    const save = button("Save as CSV", name, () => [...region.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => cell.textContent)));
    save.setAttribute("aria-label", "Save as CSV: " + name);
    region.after(save);
  }

  const section = document.getElementById("cases");
  if (!section) return;
  const kinds = [...section.querySelectorAll(".quadrant")];
  const rows = [...section.querySelectorAll(".cases > li")];
  const place = new Map(rows.map((row, i) => [row, i]));
  const control = (name, made) => {
    const label = document.createElement("label");
    label.append(name + " ", made);
    bar.append(label);
    return made;
  };
  const select = (options) => {
    const made = document.createElement("select");
    for (const [value, text] of options) made.add(new Option(text, value));
    return made;
  };
  const bar = document.createElement("form");
  bar.className = "bar";
  const kind = control("Show", select([["", "every kind of row"],
    ...kinds.map((k) => [k.id, k.querySelector("summary").firstChild.textContent.trim()])]));
  const order = control("by", select([["", "what the probe adds, then at random"], ["score", "score, highest first"],
    ["-score", "score, lowest first"], ["id", "id"]]));
  const text = control("with the words", Object.assign(document.createElement("input"), { type: "search" }));
  const told = document.createElement("output");
  const shown = () => rows.filter((row) => !row.hidden && !row.closest(".quadrant").hidden);
  const facts = (row) => [...row.querySelectorAll(".facts a, .facts span, dd")].map((e) => e.textContent);
  bar.append(told, button("Save these rows as CSV", "rows", () => [["kind", "id", "score", "gain", "facts", "prompt", "said"],
    ...shown().map((row) => { const [id, of, ...texts] = facts(row); return [row.closest(".quadrant").id, id, row.dataset.score, row.dataset.gain || "", of, ...["", ...texts].slice(-2)]; })]));
  kinds[0].before(bar);

  const id = (row) => row.querySelector(".facts a").textContent;
  const by = {
    "": (a, b) => place.get(a) - place.get(b),
    score: (a, b) => b.dataset.score - a.dataset.score,
    "-score": (a, b) => a.dataset.score - b.dataset.score,
    id: (a, b) => id(a).localeCompare(id(b), "en", { numeric: true }),
  };
  const update = (event) => {
    const words = text.value.trim().toLowerCase();
    for (const k of kinds) {
      k.hidden = kind.value !== "" && k.id !== kind.value;
      const list = k.querySelector(".cases");
      list.append(...[...list.children].sort(by[order.value]));
      let here = 0;
      for (const row of list.children) {
        row.hidden = words !== "" && !row.textContent.toLowerCase().includes(words);
        here += !row.hidden;
      }
      if (event && !k.hidden) k.open = (kind.value !== "" || words !== "") ? here > 0 : k === kinds[0];
    }
    const n = shown().length;
    told.textContent = n + (n === 1 ? " row of " : " rows of ") + rows.length + " on this page";
  };
  bar.addEventListener("input", update);
  bar.addEventListener("submit", (event) => event.preventDefault());
  update();
  const linked = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const closed = row && row.closest("details:not([open])");
    if (closed) { closed.open = true; row.scrollIntoView(); }
  };
  addEventListener("hashchange", linked);
  linked();
})();
