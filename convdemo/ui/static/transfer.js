// The Transfer tab: photos of the visitor's own classes on the left, how to learn them in the middle, what was
// learned in use on the right; below, all results, which way to go, and the code.
convdemo.transfer = ({ element, props, server, upload }) => {
  const { call, latest } = convdemo;
  const EVERY = 300; // milliseconds between two looks at what goes on
  const LATER = 2000; // and at a server that does not answer
  const find = (role) => element.querySelector(`[data-role=${role}]`);
  const names = () => [convdemo.say("transfer.class_shoes"), convdemo.say("transfer.class_bags")];

  let album = null;
  let job = null;
  let records = [];
  let results = null;
  let models = [];
  let optioned = false;
  let told = null; // the id of the zip whose end was told
  let timer = 0;

  const photos = convdemo.transferPhotos(find("photos"), { element, server, onAlbum: learnAlbum });
  const plan = convdemo.transferPlan(find("plan"), { server, onTrain: train });
  const progress = convdemo.transferProgress(find("progress"), { onStop: async () => learnJob((await call(server.stop, {})).job) });
  const use = convdemo.transferUse(find("use"), { server, upload, examples: props.examples });
  const came = convdemo.transferResults(find("results"), {
    onMisread,
    onUse: (name) => {
      use.use(name);
      find("use").scrollIntoView({ block: "nearest" });
    },
  });
  const advice = convdemo.transferAdvice(find("advice"));
  const code = convdemo.code(find("code"), "transfer.code");

  const shown = () => element.offsetParent !== null && !document.hidden;

  function learnAlbum(reply) {
    // A zip that was read before this page was opened is no news.
    const news = Boolean(album && reply.intake?.over && reply.intake.id !== told);
    if (reply.intake?.over) told = reply.intake.id;
    if (album && reply.version < album.version && reply.version !== 0) return;
    album = reply;
    photos.show(album, news);
    plan.show(album, Boolean(job?.open));
    showAdvice();
    if (album.intake && !album.intake.over) look();
  }

  // Where the photos stand, as the last training on them found.
  function showAdvice() {
    const found = (results ?? []).findLast(({ digest, advice: one }) => one && digest === album?.digest);
    advice.show(found?.advice ?? null);
  }

  function learnJob(reply) {
    if (!reply) return;
    if (reply.id !== job?.id) records = [];
    records = [...records.slice(0, reply.next - reply.records.length), ...reply.records];
    const ended = job?.open && !reply.open;
    job = reply;
    progress.show(job, records);
    if (album) plan.show(album, job.open);
    if (ended && job.result) arrive(job.result);
  }

  async function arrive(result) {
    results = [...(results ?? []), result];
    showResults();
    if (!result.name) return;
    await askModels(result.name);
    document.dispatchEvent(new Event("convdemo:shelf"));
  }

  function showResults() {
    came.show(results);
    showAdvice();
    const last = results.at(-1);
    code.show(last ? `# ${last.command}\n\n${last.code}` : "");
    find("code").hidden = !last;
  }

  async function askModels(chosen) {
    const reply = await call(server.shelf, {});
    if (reply.problem) return;
    const newest = new Map((results ?? []).map(({ name }, place) => [name, place]));
    models = reply.models.sort((one, other) => (newest.get(other.name) ?? -1) - (newest.get(one.name) ?? -1));
    use.offer(models, chosen);
  }

  async function train(wanted) {
    plan.say("");
    const reply = await call(server.train, { plan: wanted });
    if (reply.problem) {
      plan.say(...convdemo.transferRefusal(reply));
      if (reply.problem === "transfer_gone") begin();
      return;
    }
    records = [];
    job = null;
    learnJob(reply.job);
    // What was trained so quickly that it is over already is news as well.
    if (!job.open && job.result) arrive(job.result);
    look();
  }

  // One look at what goes on; it looks again by itself while anything does.
  const look = latest(async () => {
    clearTimeout(timer);
    let away = false;
    const ask = async (name, payload, learn) => {
      const reply = await call(server[name], payload);
      away ||= Boolean(reply.problem);
      if (reply.problem === "transfer_gone") await begin();
      else if (!reply.problem) learn(reply);
    };
    if (job?.open) await ask("follow", { after: records.length }, (reply) => learnJob(reply.job));
    if (album?.intake && !album.intake.over) await ask("look", { names: names() }, learnAlbum);
    if (job?.open || (album?.intake && !album.intake.over)) timer = setTimeout(look, away ? LATER : EVERY);
  });

  // Everything anew: at first, and where the server no longer has the photos.
  const begin = latest(async () => {
    const reply = await call(server.state, { names: names() });
    if (reply.problem) {
      plan.say(`problem.${reply.problem}`, reply.values);
      timer = setTimeout(() => shown() && begin(), LATER);
      return;
    }
    plan.say("");
    if (!optioned) {
      const options = await call(server.options, {});
      if (!options.problem) {
        optioned = true;
        plan.setOptions(options);
      }
    }
    album = null;
    results = reply.results;
    learnAlbum(reply.album);
    if (reply.job?.open || reply.job?.problem) learnJob(reply.job);
    showResults();
    await askModels(results.findLast(({ name }) => name)?.name);
    look();
  });

  // A misread photo is sent to where one can see why.
  async function onMisread({ photo }, model) {
    const reply = await call(server.photo, { photo });
    if (reply.problem) {
      plan.say(...convdemo.transferRefusal(reply));
      return;
    }
    const bytes = Uint8Array.from(atob(reply.png), (character) => character.charCodeAt(0));
    const there = await convdemo.sendToExplain(upload, new File([bytes], "photo.png"), model);
    if (!there) plan.say("picture.upload_failed");
  }

  // Only for those who open the tab.
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && !album && begin()).observe(element);
  convdemo.speak(element);
};
