// One method's map in the Explain tab: laid over the picture, with its scale, or the reason why it is empty.
(() => {
  const { make, tell, heat } = convdemo;

  // What can be done about a map that is empty: a button, or nothing but the advice in its reason.
  const REMEDIES = { relu: "against", one_place: "stage", dead: "stage", ended: "again" };

  // `onTrust` and `onRemedy` get what the visitor wants of this card.
  convdemo.explainCard = (method, { server, onTrust, onRemedy, onFilm }) => {
    const canvas = make("canvas", { class: "cd-heat", role: "img" });
    const waiting = make("p", { class: "cd-quiet cd-heat-waiting" });
    const about = make("p", { class: "cd-quiet" });
    const words = make("p", { class: "cd-heat-words" });
    const remedy = make("button", { type: "button", class: "cd-button", onclick: () => onRemedy(REMEDIES[ended ? "ended" : reply.empty]) });
    const scale = make("div");
    const range = make("span");
    const took = make("span");
    const picture = make("div", { class: "cd-heat-picture" }, canvas, waiting);
    const button = (key, onclick) => make("button", { type: "button", class: "cd-button", "data-say": key, onclick });
    const numbers = button("explain.why.npy", keepNumbers);
    const film = button("explain.why.gif", keepFilm);
    const work = convdemo.explainWork("explain.why.waiting", server);
    const tools = make("div", { class: "cd-toolbar" },
      button("explain.why.trust", onTrust), button("explain.why.png", keepPicture), numbers, film);
    const node = make("figure", { class: "cd-heat-card", "data-method": method.name },
      picture, make("h3", { "data-say": `explain.method.${method.name}` }), about, words, work.node, remedy, scale,
      make("p", { class: "cd-quiet cd-heat-took" }, range, took), tools);

    tell(numbers, "explain.why.npy_why", null, "sayTip");
    tell(film, "explain.why.gif_why", null, "sayTip");
    film.hidden = true;

    let reply = null;
    let map = null;
    let painted = null; // the map in colour
    let input = null; // the picture below it
    let strength = 0.6;
    let ended = false; // before it was there

    function age() {
      if (ended) remedy.hidden = true;
      ended = false;
      node.classList.toggle("cd-old", Boolean(reply));
      tell(waiting, reply ? "" : "explain.why.waiting");
      tools.inert = true;
    }

    // There is no answer, and none on its way.
    function rest() {
      tell(waiting, "");
    }

    // Somebody ended it; it can be asked for again.
    function stop() {
      ended = true;
      tell(waiting, "problem.explain_stopped");
      tell(remedy, "explain.again");
      remedy.hidden = false;
    }

    // Another picture: nothing stays that could be taken for its map.
    function clear() {
      reply = map = painted = null;
      canvas.hidden = true;
      remedy.hidden = tools.hidden = true;
      picture.hidden = false;
      scale.replaceChildren();
      tell(about, "");
      tell(range, "");
      tell(took, "");
      tell(words, `explain.method.${method.name}.why`);
      age();
    }

    async function show(shown) {
      const image = new Image();
      image.src = shown.input;
      await image.decode();
      node.classList.remove("cd-old");
      reply = shown;
      input = image;
      map = painted = null;
      const { against, stage, empty } = reply;
      const values = convdemo.explainAbout(reply);
      tell(waiting, "");
      tell(about, against ? "explain.why.about_against" : stage ? "explain.why.about_stage" : "explain.why.about", values);
      tell(took, empty ? "" : "explain.why.took", { seconds: convdemo.figure(reply.seconds) });
      tell(range, "");
      picture.hidden = tools.hidden = Boolean(empty);
      tools.inert = false;
      remedy.hidden = true;
      scale.replaceChildren();
      if (empty) {
        tell(words, `explain.why.empty.${empty}`, values);
        return;
      }
      map = heat.unpack(reply.map);
      [canvas.height, canvas.width] = heat.sizeOf(map.height, map.width);
      painted = heat.paint(map, reply.signed, [canvas.height, canvas.width]);
      canvas.hidden = false;
      tell(canvas, "explain.why.canvas", { method: `@explain.method.${method.name}`, target: values.target }, "sayLabel");
      tell(words, reply.remedied ? "explain.why.remedied" : `explain.method.${method.name}.why`, values);
      scale.replaceChildren(heat.legend(map, reply.signed));
      const [min, max] = [reply.min, reply.max].map((end) => convdemo.figure(Math.abs(end) < map.peak / 1000 ? 0 : end));
      tell(range, "explain.why.range", { min, max });
      draw();
    }

    // A button for what is empty: `stage` is the one that could be looked at instead, if there is one.
    function offer(stage) {
      const kind = REMEDIES[reply?.empty];
      remedy.hidden = !kind || (kind === "stage" && !stage);
      if (!remedy.hidden) tell(remedy, `explain.why.remedy.${kind}`, kind === "stage" ? convdemo.stageWords(stage) : {});
    }

    function draw(chosen = strength) {
      strength = chosen;
      if (!painted) return;
      const context = canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.globalAlpha = 1;
      context.drawImage(input, 0, 0, canvas.width, canvas.height);
      context.globalAlpha = strength;
      context.drawImage(painted, 0, 0);
    }

    const fileName = () => [method.name, reply.target, ...(reply.against ? ["not", reply.against] : [])].join("-").replace(/[^\p{L}\p{N}-]+/gu, "_");

    function keepPicture() {
      canvas.toBlob((blob) => heat.keep(blob, `${fileName()}.png`));
    }

    function keepNumbers() {
      heat.keep(new Blob([heat.npy(map)]), `${fileName()}.npy`);
    }

    async function keepFilm() {
      film.disabled = true;
      const found = await onFilm();
      film.disabled = false;
      if (found) heat.keep(new Blob([Uint8Array.from(atob(found.gif), (one) => one.charCodeAt(0))], { type: "image/gif" }), `${fileName()}.gif`);
    }

    // Only of a model whose run has kept its epochs.
    const offerFilm = (there) => (film.hidden = !there);

    clear();
    return { method, node, run: work.run, age, rest, stop, clear, show, offer, offerFilm, draw, get reply() { return reply; } };
  };
})();
