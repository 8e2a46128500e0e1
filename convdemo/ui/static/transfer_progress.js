// A training of the Transfer tab as it goes: what it does, how long it will take, its curves, and Stop.
(() => {
  const { make, tell, retell } = convdemo;

  convdemo.transferProgress = (root, { onStop }) => {
    const state = make("p", { class: "cd-words", role: "status", "aria-live": "polite" });
    const bar = convdemo.progress("transfer.progress");
    const left = make("p", { class: "cd-quiet cd-left" });
    const stop = make("button", { type: "button", class: "cd-button", "data-say": "transfer.stop", onclick: onStop });
    const going = make("div", { class: "cd-going" }, bar.node, left, stop);
    const curves = make("div", { class: "cd-transfer-curves" });
    root.append(state, going, curves);
    const charts = convdemo.runCharts(curves, { least: 0.2 });
    root.hidden = true;

    function share({ status, done, of }) {
      if (!of) return 0;
      return status === "features" ? (0.8 * done) / of : done / of;
    }

    // `records` are all of this training so far.
    function show(job, records) {
      root.hidden = !job;
      if (!job) return;
      going.hidden = !job.open;
      const begins = job.status === "training" && !job.done; // how long that takes nobody knows
      const told = { title: convdemo.plainText(job.title), place: job.place, done: job.done, of: job.of };
      if (job.problem) retell(state, ...convdemo.transferRefusal(job.problem));
      else retell(state, begins ? "transfer.now.begins" : `transfer.now.${job.status}`, told);
      bar.show(share(job));
      const seconds = job.open && !begins ? job.seconds_left : null;
      if (seconds === null) tell(left, "");
      else tell(left, "transfer.left", { time: convdemo.plainText(convdemo.say(...convdemo.transferTime(seconds))) });
      curves.hidden = !records.length;
      if (records.length) charts.show([{ records, running: job.open, epoch: records.at(-1).epoch, epochs: records.at(-1).epochs }]);
    }

    return { show };
  };
})();
