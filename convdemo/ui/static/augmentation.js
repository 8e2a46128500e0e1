// The Augment tab: a picture and a policy on the left, what comes of it in the middle, told operation
// by operation, the policy's own table on the right.
convdemo.augmentation = ({ element, props, server, upload }) => {
  const { make, tell, call, latest, named, percent } = convdemo;
  const find = (role) => element.querySelector(`[data-role=${role}]`);
  const area = find("area");
  const photo = area.querySelector("img");
  const [policy, seed] = ["policy", "seed"].map(find);

  let options = null;
  let picture = null; // {upload, name}, {example, job}
  let count = 9;
  let shown = null; // {asked, reply}: the tiles that are on the page, and for what
  const tables = new Map();

  const table = convdemo.policyTable(find("table"));
  const chart = convdemo.policyChart(find("chart"));
  const tiles = convdemo.augmentTiles(find("tiles"), { onPoint: table.point });
  const reader = convdemo.augmentReader(find("reader"), { onChange: askReading });
  const code = convdemo.code(find("code"), "augment.code");

  const asking = () => ({ ...picture, policy: policy.value, n: count, seed: Number(seed.value) });

  const ask = latest(async (stale) => {
    if (!options || !picture) return;
    const asked = asking();
    const old = setTimeout(tiles.age, 150);
    const reply = await call(server.tiles, asked, stale);
    clearTimeout(old);
    if (stale() || !picture) return;
    if (reply.problem) refuse(reply);
    else show(asked, reply);
  });

  function show(asked, reply) {
    shown = { asked, reply };
    const [width, height] = reply.size;
    photo.src = reply.original;
    photo.hidden = false;
    tell(find("size"), reply.note ? "augment.size_note" : "augment.size", { width, height, note: `@note.${reply.note}` });
    tiles.show(reply.tiles, reply.size);
    table.use(reply.tiles);
    code.show(reply.code);
    find("png").disabled = find("json").disabled = false;
    askReading();
  }

  // Nothing stays of the last picture, so that no tile stands beside another one.
  function forget() {
    picture = shown = null;
    photo.hidden = true;
    tell(find("size"), "");
    tell(find("original"), "");
    tiles.clear();
    table.use([]);
    code.show("");
    find("png").disabled = find("json").disabled = true;
  }

  function showStatus(key, values = {}) {
    const kind = values.kind && { kind: `@kind.${values.kind}|${values.kind}` };
    convdemo.retell(find("status"), key, { ...values, ...kind });
  }

  // A server that is busy or gone says nothing about the picture: it can be asked again.
  function refuse({ problem, values }) {
    if (["busy", "offline"].includes(problem)) tiles.age();
    else forget();
    showStatus(`problem.${problem}`, values);
  }

  // Reading takes longer than making the tiles: they are asked for one after the other, and only what
  // belongs to the tiles on the page is shown.
  const read = latest(async (stale) => {
    const about = shown;
    if (!about || !reader.chosen) return;
    const reply = await call(server.read, { ...about.asked, ...reader.chosen }, stale);
    if (stale() || shown !== about) return;
    if (reply.problem) {
      tiles.expectReading(false);
      showStatus(`problem.${reply.problem}`, reply.values);
      return;
    }
    tiles.showReading(reply.tiles);
    const { label, probability } = reply.original;
    const share = label === null ? {} : { percent: percent(probability) };
    const [key, values] = convdemo.readAs(reply.original, "augment.reads");
    tell(find("original"), key, { ...values, ...share });
    const flipped = reply.tiles.filter((one) => one.flipped).length;
    showStatus(flipped ? "augment.flips" : "augment.flips_none", { flipped, count: reply.tiles.length });
  });

  function askReading() {
    tell(find("original"), "");
    tiles.expectReading(Boolean(shown && reader.chosen));
    if (!shown) return;
    if (!reader.chosen) {
      showStatus("augment.made", { seconds: shown.reply.seconds.toFixed(2) });
      return;
    }
    showStatus("augment.reading");
    read();
  }

  const askTable = latest(async (stale) => {
    const asked = policy.value;
    if (!tables.has(asked)) {
      const reply = await call(server.table, { policy: asked }, stale);
      if (reply.problem) return; // the tiles are refused with the same problem, and say it
      tables.set(asked, reply);
    }
    if (stale()) return;
    const rules = tables.get(asked).table;
    table.show(asked, rules);
    // Without a table the chart stands in its place.
    find(rules.length ? "below" : "policy-column").append(find("chart"));
    chart.show(tables.get(asked));
  });

  function choosePolicy() {
    tell(find("why"), `augment.policy.${policy.value}.why`);
    table.use([]);
    askTable();
    ask();
  }

  function setCount(chosen) {
    count = chosen;
    for (const button of find("counts").children) button.setAttribute("aria-pressed", Number(button.value) === chosen);
  }

  function chooseCount(chosen) {
    setCount(chosen);
    ask();
  }

  function again() {
    if (!options) return;
    seed.value = Math.floor(Math.random() * (options.highest_seed + 1));
    ask();
  }

  function checkSeed() {
    seed.value = Math.min(options.highest_seed, Math.max(0, Math.round(Number(seed.value)) || 0));
    ask();
  }

  function showExample(jobName, example) {
    ways.forget();
    reader.fit(jobName);
    picture = { example, job: jobName };
    ask();
  }

  function clear() {
    ways.forget();
    forget();
    showStatus("answer.none");
  }

  const ways = convdemo.pictureInput({
    element,
    area,
    upload,
    toolbar: find("ways"),
    onWait: () => {
      forget();
      showStatus("picture.reading");
    },
    onSentence: (key) => showStatus(key),
    onPicture: (sent) => {
      picture = sent;
      ask();
    },
  });

  for (const [jobName, examples] of Object.entries(props.examples)) {
    const row = make("div", { class: "cd-examples", role: "group", "data-say-label": convdemo.AUGMENT_JOBS[jobName] });
    convdemo.examples(row, examples, (name) => showExample(jobName, name));
    find("examples").append(row);
  }

  const fileName = ({ policy: name, seed: drawn, n }) => `augment-${name}-${drawn}-${n}`;

  find("png").addEventListener("click", () => convdemo.saveGrid(tiles.pictures, fileName(shown.asked)));
  find("json").addEventListener("click", () => {
    const { asked, reply } = shown;
    convdemo.saveSettings({
      picture: asked.name ?? asked.example,
      size: reply.size,
      policy: asked.policy,
      n: asked.n,
      seed: asked.seed,
      tiles: reply.tiles.map(({ rule, original_weight: untouched, operations }, place) =>
        ({ seed: asked.seed + place, rule, original_weight: untouched, operations })),
    }, fileName(asked));
  });
  find("drawing").addEventListener("click", async () => {
    const drawn = await convdemo.drawing?.();
    if (!drawn) {
      showStatus("answer.digits.empty");
      return;
    }
    reader.fit("digits");
    ways.send(new File([drawn], "drawing.png"));
  });
  area.addEventListener("click", ways.choose);
  find("clear").addEventListener("click", clear);
  find("again").addEventListener("click", again);
  policy.addEventListener("change", choosePolicy);
  seed.addEventListener("change", checkSeed);
  document.addEventListener("keydown", (event) => {
    if (!convdemo.listening(element)) return;
    if (convdemo.shortcut(event) === "r") again();
    if (convdemo.shortcut(event) === "c") clear();
  });

  const askOptions = latest(async () => {
    if (!options) showStatus("augment.working");
    const reply = await call(server.options, {});
    if (reply.problem) {
      if (!options) refuse(reply);
      return;
    }
    const first = !options;
    options = reply;
    reader.offer(options.models);
    if (first) begin();
  });

  function begin() {
    policy.replaceChildren(...options.policies.map((name) => make("option", { value: name, "data-say": `augment.policy.${name}` })));
    find("counts").replaceChildren(...options.counts.map((number) =>
      make("button", { type: "button", value: number, onclick: () => chooseCount(number) }, String(number))));
    seed.max = options.highest_seed;
    seed.value = 0;
    const [example] = props.examples.clothes;
    if (example && !picture) picture = { example: example.name, job: "clothes" };
    setCount(count);
    choosePolicy();
  }

  document.addEventListener("convdemo:shelf", () => options && askOptions());
  // Only for those who open the tab: making tiles is work that others would wait for.
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && !options && askOptions()).observe(element);
  convdemo.speak(element);
};
