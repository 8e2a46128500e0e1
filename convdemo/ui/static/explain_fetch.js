// Weights of a backbone that are not here yet: how much there is to fetch, how far it is, and Stop.
(() => {
  const { make, tell, call } = convdemo;
  const EVERY = 400; // milliseconds between two looks

  // `onFetched` is called once the weights of a backbone are here.
  convdemo.explainFetch = (root, { server, onFetched }) => {
    const begin = make("button", { type: "button", class: "cd-button cd-primary", onclick: start });
    const stop = make("button", { type: "button", class: "cd-button", "data-say": "explain.fetch_stop", onclick: end });
    const bar = convdemo.progress("explain.fetching_label");
    const words = make("p", { class: "cd-quiet", role: "status" });
    const row = make("div", { class: "cd-toolbar" }, begin, stop);
    root.append(row, bar.node, words);
    root.hidden = true;
    let backbone = null; // {name, title, megabytes}
    let going = null; // the name of the one that is being fetched
    let since = 0;

    function draw() {
      root.hidden = !backbone;
      begin.hidden = going !== null;
      stop.hidden = bar.node.hidden = going === null;
    }

    function offer(wanted) {
      backbone = wanted;
      if (wanted) tell(begin, "explain.fetch", { megabytes: wanted.megabytes });
      if (going !== wanted?.name) tell(words, "");
      draw();
    }

    async function start() {
      const { name } = backbone;
      going = name;
      since = performance.now();
      bar.show(0);
      tell(words, "explain.fetch_begins");
      draw();
      const reply = await call(server.fetch, { backbone: name });
      if (reply.problem) over(reply);
      else look(name);
    }

    async function look(name) {
      const reply = await call(server.fetching, { backbone: name });
      if (going !== name) return;
      if (reply.problem || reply.over) {
        over(reply);
        return;
      }
      if (reply.of) tellShare(reply);
      setTimeout(look, EVERY, name);
    }

    function tellShare({ done, of }) {
      const share = done / of;
      bar.show(share);
      const spent = (performance.now() - since) / 1000;
      const values = { done: (done / 1e6).toFixed(0), of: (of / 1e6).toFixed(0) };
      if (share > 0.02) tell(words, "explain.fetching_left", { ...values, seconds: Math.ceil(spent / share - spent) });
      else tell(words, "explain.fetching", values);
    }

    function over({ problem, values, cached }) {
      const name = going;
      going = null;
      tell(words, problem ? `problem.${problem}` : cached ? "" : "explain.fetch_stopped", values);
      draw();
      if (cached && backbone?.name === name) onFetched();
    }

    function end() {
      call(server.stop_fetching, { backbone: going });
    }

    return { offer };
  };
})();
