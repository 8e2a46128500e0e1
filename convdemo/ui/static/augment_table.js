// A policy as a whole: the table of its sub-policies, and how often it applies each operation.
(() => {
  const { make, tell } = convdemo;

  convdemo.policyTable = (root) => {
    const title = make("h2");
    const lead = make("p", { class: "cd-quiet" });
    const body = make("tbody");
    const column = (key) => make("th", { scope: "col", "data-say": key });
    const table = make("table", { class: "cd-rules", "data-say-label": "augment.table" },
      make("thead", {}, make("tr", {}, column("augment.column_rule"), column("augment.column_first"),
        column("augment.column_second"), column("augment.column_tiles"))), body);
    root.append(title, lead, table);
    let rows = [];
    let used = new Map(); // numbers of the tiles by their sub-policy

    function row(operations, place) {
      const tiles = make("td", { class: "cd-rule-tiles" });
      const cells = operations.map(({ name, probability }) =>
        make("td", {}, convdemo.operation(name), " ", make("span", { class: "cd-quiet" }, convdemo.chance(probability))));
      return { node: make("tr", {}, make("th", { scope: "row" }, String(place + 1)), ...cells, tiles), tiles };
    }

    function show(policy, rules) {
      rows = rules.map(row);
      body.replaceChildren(...rows.map(({ node }) => node));
      table.hidden = !rows.length;
      tell(title, rows.length ? "augment.table" : "augment.draws");
      tell(lead, rows.length ? "augment.table_lead" : `augment.draws.${policy}`, { rules: rows.length });
      mark();
    }

    function mark() {
      for (const [rule, { node, tiles }] of rows.entries()) {
        tiles.textContent = (used.get(rule) ?? []).join(", ");
        node.classList.toggle("cd-used", used.has(rule));
      }
    }

    function use(tiles) {
      used = new Map();
      for (const [place, { rule }] of tiles.entries()) {
        if (rule !== null) used.set(rule, [...(used.get(rule) ?? []), place + 1]);
      }
      mark();
    }

    function point(pointed) {
      for (const [rule, { node }] of rows.entries()) {
        if (rule === pointed) node.setAttribute("aria-current", "true");
        else node.removeAttribute("aria-current");
      }
    }

    return { show, use, point };
  };

  convdemo.policyChart = (root) => {
    const lead = make("p", { class: "cd-quiet" });
    const list = make("ol", { class: "cd-bars cd-often", role: "list", "data-say-label": "augment.chart" });
    root.append(make("h2", { "data-say": "augment.chart" }), lead, list);

    function show({ frequencies, draws }) {
      const ordered = Object.entries(frequencies).sort((one, other) => other[1] - one[1]);
      const most = ordered[0]?.[1] ?? 1;
      tell(lead, "augment.chart_lead", { draws: convdemo.grouped(draws) });
      list.replaceChildren(...ordered.map(([name, often]) => make("li", {},
        convdemo.operation(name, { class: "cd-bar-name" }),
        make("span", { class: "cd-bar-track", "aria-hidden": "true" },
          make("span", { class: "cd-bar-fill", style: `transform: scaleX(${(often / most).toFixed(4)})` })),
        make("span", { class: "cd-bar-number" }, convdemo.grouped(Math.round(often * draws))))));
    }

    return { show };
  };

  // Both for the policy that is asked for: `column` shows the table, and the chart where there is
  // none; else the chart stands in `below`.
  convdemo.policyView = ({ table, chart, column, below, server }) => {
    const rules = convdemo.policyTable(table);
    const often = convdemo.policyChart(chart);
    const known = new Map();
    let policy = null;

    const ask = convdemo.latest(async (stale) => {
      const asked = policy;
      if (!known.has(asked)) {
        const reply = await convdemo.call(server.table, { policy: asked }, stale);
        if (reply.problem) return; // the tiles are refused with the same problem, and say it
        known.set(asked, reply);
      }
      if (stale()) return;
      const found = known.get(asked);
      rules.show(asked, found.table);
      if (found.table.length) below.prepend(chart);
      else column.append(chart);
      often.show(found);
    });

    function choose(chosen) {
      policy = chosen;
      rules.use([]);
      ask();
    }

    return { choose, use: rules.use, point: rules.point };
  };
})();
