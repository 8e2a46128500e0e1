// The Train tab: what to train on the left, the chosen run in the middle, all runs on the right.
convdemo.training = ({ element, server, upload }) => {
  const { call, latest } = convdemo;
  const find = (role) => element.querySelector(`[data-role=${role}]`);
  const EVERY = 500; // milliseconds between two looks at a run that goes on
  const TABS = { mnist: "tab.draw", fashion_mnist: "tab.clothes", fashion_mnist_photos: "tab.clothes" }; // in which pictures like those are read
  const LIST_EVERY = 2000; // and at the list of runs, or at a server that did not answer
  const active = ({ status }) => ["waiting", "training", "paused"].includes(status);

  let options = null;
  let runs = null; // as the server listed them, the newest first
  let chosen = null; // the id of the run in the middle
  let refused = null; // {problem, values} of the last command, until the next one
  let listedAt = -Infinity;
  let timer = 0;
  const curves = new Map(); // id: {records, next, settled}
  const outcomes = new Map();

  const ownBox = convdemo.make("div", { class: "cd-own" });
  const own = convdemo.ownPictures(ownBox, { server, onChange: askOptionsAgain });
  const form = convdemo.runForm(find("form"), {
    ownBox,
    onTrain: train,
    onSubject: (subject) => {
      showData(subject);
      showLayers(subject);
      own.show(options, subject.dataset);
    },
  });
  const showData = convdemo.dataFold(find("folds"), { server, classesOf });
  const showLayers = convdemo.layersFold(find("folds"), { server });
  const showLog = convdemo.logFold(find("log"), { server });
  const view = convdemo.runView(find("view"), { onAct: act, onReuse: (run) => form.fill(run), onDownload: download });
  const charts = convdemo.runCharts(find("charts"));
  const differences = convdemo.differences(find("differences"));
  const confusion = convdemo.confusion(find("outcome"), {
    askCell: (cell) => call(server.cell, { run: chosen, ...cell }),
    onExplain: (place) => {
      const { dataset, saved } = runOf(chosen);
      convdemo.explain({ picture: { sample: place, dataset, split: "test" }, model: saved });
    },
  });
  const replay = convdemo.runReplay(find("replay"), { askMoment: (payload) => call(server.moment, payload) });
  const code = convdemo.code(find("code"), "train.code");
  const list = convdemo.runList(find("runs"), { onChoose: choose, onCompare: () => look(), onRemove: (run) => act(run, "remove") });

  const shown = () => element.offsetParent !== null && !document.hidden;

  convdemo.modelUpload(find("models"), { server, upload, onAdded: announce });
  const showShelf = convdemo.modelShelf(find("models"), { server, shown });
  document.addEventListener("convdemo:shelf", showShelf);

  const runOf = (id) => runs?.find((run) => run.id === id);

  function classesOf(name) {
    return options?.datasets.find((dataset) => dataset.name === name)?.classes ?? [];
  }

  // One look at everything that may have changed. It looks again by itself while the tab is to
  // be seen; anything else that needs a look at once asks for one.
  const look = latest(async (stale) => {
    clearTimeout(timer);
    if (!shown()) return;
    let trouble = null;
    const ask = async (name, payload) => {
      const reply = await call(server[name], payload);
      if (reply.problem) trouble = reply;
      return reply.problem ? null : reply;
    };
    if (performance.now() - listedAt >= LIST_EVERY || !runs) await askList(ask);
    if (!options && !trouble) await askOptions(ask);
    draw();
    for (const id of new Set([chosen, ...list.compared.map(([one]) => one)])) await follow(ask, id);
    const run = runOf(chosen);
    if (run && !active(run) && run.test_accuracy !== null && !outcomes.has(run.id)) {
      const outcome = await ask("outcome", { run: run.id });
      if (outcome) outcomes.set(run.id, outcome);
    }
    draw();
    showTrouble(trouble ?? refused);
    const offline = trouble?.problem === "offline" || trouble?.problem === "busy";
    // Where nothing goes on, another window may start something.
    if (!stale()) timer = setTimeout(look, !offline && runs?.some(active) ? EVERY : LIST_EVERY);
  });

  async function askList(ask) {
    const reply = await ask("runs", {});
    if (!reply) return;
    listedAt = performance.now();
    const before = runs ?? [];
    runs = reply.runs;
    if (before.some((run) => active(run) && !active(runOf(run.id) ?? run))) announce();
    if (!runOf(chosen)) chosen = first();
    // A run that is over can be resumed from another page.
    for (const { id } of runs.filter(active)) if (curves.get(id)?.settled) forget(id);
  }

  function forget(id) {
    curves.delete(id);
    outcomes.delete(id);
  }

  // What is worth looking at first: a run that goes on, then one that will, then the newest.
  function first() {
    const going = runs.find(({ status }) => status === "training" || status === "paused");
    return (going ?? runs.find(active) ?? runs[0])?.id ?? null;
  }

  async function askOptions(ask) {
    if (!runs?.length) form.showSentence("train.loading");
    const reply = await ask("options", {});
    if (!reply) return;
    learnOptions(reply);
    showShelf();
  }

  function learnOptions(reply, dataset) {
    options = reply;
    convdemo.nameDatasets(options.datasets);
    form.setOptions(options, dataset);
  }

  // Once the visitor's own data sets are others: the one to be chosen, or null. Gives the reply.
  async function askOptionsAgain(dataset) {
    const reply = await call(server.options, {});
    if (!reply.problem) {
      learnOptions(reply, dataset);
      draw();
    }
    return reply;
  }

  // The records of a run that are not here yet; none of a run that was over at the last look.
  async function follow(ask, id) {
    if (!runOf(id)) return;
    const curve = curves.get(id) ?? { records: [], next: 0, settled: false };
    curves.set(id, curve);
    if (curve.settled) return;
    const reply = await ask("follow", { run: id, after: curve.next });
    if (!reply || curves.get(id) !== curve) return;
    // A run that is resumed goes on from its last checkpoint: what it told after that is told again.
    const told = curve.records.findLast(({ val_loss: loss }) => loss !== null)?.epoch ?? 0;
    if (reply.run.epoch < told) {
      curves.delete(id);
      await follow(ask, id);
      return;
    }
    const begun = reply.records[0]?.step ?? Infinity;
    const kept = curve.records.filter(({ step, val_loss: loss }) => step < begun || (step === begun && loss === null));
    curve.records = [...kept, ...reply.records];
    curve.next = reply.next;
    curve.settled = !active(reply.run);
    curve.code = reply.code;
    learn(reply.run);
  }

  function learn(run) {
    const before = runOf(run.id);
    runs = before ? runs.map((one) => (one.id === run.id ? run : one)) : [run, ...(runs ?? [])];
    if (before && active(before) && !active(run)) announce();
  }

  // What was trained may be on the shelf now: the other tabs look there.
  function announce() {
    document.dispatchEvent(new CustomEvent("convdemo:shelf"));
  }

  function draw() {
    const run = runOf(chosen);
    list.show(runs ?? [], run);
    find("run").hidden = !run;
    code.show(curves.get(chosen)?.code ?? "");
    if (!run) return;
    const records = curves.get(run.id)?.records ?? [];
    view.show(run, records, TABS[run.dataset] ?? null);
    const compared = list.compared.map(([id, colour]) => [runOf(id), colour]);
    const several = compared.length > 1;
    charts.show((several ? compared : [[run, null]]).map(([one, colour]) => ({
      run: one, colour, records: curves.get(one.id)?.records ?? [], running: active(one), epoch: one.epoch, epochs: one.epochs,
    })));
    replay.show(run);
    differences.show(several ? compared : []);
    confusion.show(outcomes.get(run.id), run.dataset, run.saved);
    showLog(run);
  }

  function showTrouble(reply) {
    convdemo.retell(find("trouble"), reply ? `problem.${reply.problem}` : "", reply?.values);
  }

  function choose(id) {
    chosen = id;
    refused = null;
    draw();
    look();
  }

  async function train(payload) {
    const healthy = payload.config.fault === "none" ? null : await healthyTwin(payload);
    if (healthy?.problem) return healthy;
    const reply = await call(server.start, payload);
    if (reply.problem) return reply;
    learn(reply.run);
    if (healthy) list.compare([healthy.run.id, reply.run.id]);
    choose(reply.run.id);
    return reply;
  }

  // The run that shows what a mistake costs: the same without it, trained before if there is none.
  async function healthyTwin({ config, ...subject }) {
    const wanted = { ...config, fault: "none" };
    const like = (run) => run.model === subject.model && run.dataset === subject.dataset
      && ["waiting", "training", "paused", "done"].includes(run.status)
      && Object.entries(wanted).every(([name, value]) => run.config[name] === value);
    const before = runs?.find(like);
    const reply = before ? { run: before } : await call(server.start, { ...subject, config: wanted });
    if (reply.run) learn(reply.run);
    return reply;
  }

  async function download(run) {
    const reply = await convdemo.downloadModel(server, { run: run.id });
    refused = reply.problem ? reply : null;
    showTrouble(refused);
  }

  async function act(run, action, more = {}) {
    const reply = await call(server.command, { run: run.id, action, ...more });
    refused = reply.problem ? reply : null;
    showTrouble(refused);
    if (refused) return;
    if (action === "resume" || action === "remove") forget(run.id);
    if (reply.run) learn(reply.run);
    else runs = runs.filter(({ id }) => id !== run.id);
    if (!runOf(chosen)) chosen = first();
    listedAt = -Infinity; // places in the queue have changed
    draw();
    look();
  }

  convdemo.speak(element);
  document.addEventListener("visibilitychange", () => look());
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && look()).observe(element);
};
