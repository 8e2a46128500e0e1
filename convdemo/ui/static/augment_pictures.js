// Pictures to begin with in the Augment tab: examples, and one of a data set, whose label is known.
(() => {
  const { make } = convdemo;
  const SAMPLED = { mnist: "digits", fashion_mnist: "clothes", cifar10: "photos" }; // whose pictures those are

  // `onPick` gets what Python needs, {example, job} or {sample, dataset}, and whose model reads it.
  convdemo.augmentPictures = ({ rows, samples, examples, onPick }) => {
    for (const [job, offered] of Object.entries(examples)) {
      const row = make("div", { class: "cd-examples", role: "group", "data-say-label": convdemo.AUGMENT_JOBS[job] });
      convdemo.examples(row, offered, (example) => onPick({ example, job }, job));
      rows.append(row);
    }

    // Data sets, and how many pictures of each there are to draw from.
    function offer(datasets, pictures) {
      convdemo.sampleButtons(samples, {
        datasets, pictures, why: "augment.samples_why", onPick: (drawn) => onPick(drawn, SAMPLED[drawn.dataset]),
      });
    }

    return { offer };
  };
})();
