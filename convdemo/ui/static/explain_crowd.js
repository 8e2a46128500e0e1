// The crowd: the pictures of the training set that the network sees most like this one, and all of a test
// set as points on a plane. Both are found bit by bit.
(() => {
  const { make, tell, call, named } = convdemo;

  // What is asked for again and again until it is done, with its share, the time left and a button to stop.
  function gathering({ name, seen, serve, onReply }) {
    const start = make("button", { type: "button", class: "cd-button cd-primary", onclick: press });
    const state = make("span", { role: "status" });
    const left = make("span", { class: "cd-quiet" });
    const bar = convdemo.progress(`explain.crowd.${name}.progress`);
    const going = make("div", { class: "cd-gathering-going" }, make("p", {}, state, " ", left), bar.node);
    const node = make("div", { class: "cd-gathering" }, make("div", { class: "cd-toolbar" }, start), going);
    let request = null;
    let turn = 0; // what was asked for in an earlier one is no longer wanted
    let goes = false;
    let complete = null; // the model that the whole crowd was read by: another picture needs one look only

    function show(running) {
      goes = running;
      start.disabled = !request;
      start.classList.toggle("cd-primary", !running);
      tell(start, running ? "explain.crowd.stop" : `explain.crowd.${name}.start`);
      bar.node.hidden = !running;
      if (!running) tell(left, "");
    }

    function press() {
      if (!goes) run();
      else {
        stop();
        if (state.dataset.say === "explain.crowd.starting") tell(state, "");
      }
    }

    function stop() {
      turn++;
      show(false);
    }

    async function run() {
      const [mine, about] = [++turn, request];
      const begun = performance.now();
      let from = null; // what was done before the first reply cannot be told from its time
      show(true);
      advance(0, null);
      tell(state, "explain.crowd.starting");
      for (;;) {
        const reply = await call(serve, about, () => mine !== turn);
        if (mine !== turn) return;
        if (reply.problem) {
          show(false);
          tell(state, `problem.${reply.problem}`, reply.values);
          return;
        }
        const { done, of } = reply;
        from ??= Math.max(0, done - 1000);
        onReply(reply);
        tell(state, `explain.crowd.${name}.done`, { done: convdemo.grouped(done), of: convdemo.grouped(of) });
        if (done >= of) break;
        advance(done / of, ((performance.now() - begun) / 1000 / (done - from)) * (of - done));
      }
      complete = about.model;
      show(false);
      start.hidden = true;
    }

    function advance(share, seconds) {
      bar.show(share);
      tell(left, seconds === null ? "" : "explain.crowd.left", { seconds: Math.max(1, Math.round(seconds)) });
    }

    function use(asked) {
      request = asked;
      tell(state, "");
      start.hidden = false;
      stop();
      look();
    }

    function look() {
      if (request && request.model === complete && !goes && !start.hidden && seen()) run();
    }

    return { node, use, look };
  }

  convdemo.explainCrowd = (root, { server }) => {
    const panel = convdemo.explainPanel(root, "crowd");
    const near = make("div", { class: "cd-neighbours" });
    const nearWords = make("p", { class: "cd-words" });
    const plane = make("div", { class: "cd-scatter" });
    const scatter = convdemo.explainScatter(plane);
    const seen = convdemo.explainSeen(root, () => {
      neighbours.look();
      embedding.look();
    });
    const neighbours = gathering({ name: "near", seen, serve: server.neighbours, onReply: showNeighbours });
    const embedding = gathering({ name: "plane", seen, serve: server.embedding, onReply: showPlane });
    const part = (name, ...content) => make("section", { class: `cd-crowd-${name}` },
      make("h3", { "data-say": `explain.crowd.${name}` }), make("p", { class: "cd-quiet", "data-say": `explain.crowd.${name}.lead` }), ...content);
    root.append(panel.status, make("div", { class: "cd-crowd" },
      part("near", neighbours.node, nearWords, near), part("plane", embedding.node, plane)));

    let read = null; // the class that is read in the picture

    function showNeighbours({ neighbours: found }) {
      const others = found.filter(({ label }) => label !== read).length;
      tell(nearWords, others ? "explain.crowd.others" : "explain.crowd.alike", { label: named(read), others, count: found.length });
      near.replaceChildren(...found.map(({ image, label, distance }) => {
        const name = make("span");
        tell(name, label === read ? `class.${label}|${label}` : "explain.crowd.other", { label: named(label) });
        const far = make("span", { class: "cd-quiet" });
        tell(far, "explain.crowd.distance", { distance: convdemo.figure(distance) });
        return make("figure", { class: label === read ? "cd-neighbour" : "cd-neighbour cd-neighbour-other" },
          make("img", { src: image, alt: "" }), make("figcaption", {}, name, far));
      }));
    }

    function showPlane(reply) {
      plane.hidden = false;
      scatter.show(reply);
    }

    function use(asked, look) {
      const request = asked && look ? asked : null;
      read = look?.label ?? null;
      near.replaceChildren();
      tell(nearWords, "");
      plane.hidden = true;
      neighbours.use(request);
      embedding.use(request);
      panel.say(request ? "" : "answer.none");
    }

    use(null, null);
    return { use };
  };
})();
