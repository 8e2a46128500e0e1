// Words and numbers of the tabs that are drawn by scripts.
convdemo.grouped = (number) => number.toLocaleString("en");

// Tell only what is new: a node that is told again is read aloud again.
convdemo.retell = (node, key, values, as) => {
  const sentence = JSON.stringify([key, values]);
  if (node.toldLast === sentence) return;
  node.toldLast = sentence;
  convdemo.tell(node, key, values, as);
};

// The name of a data set as a key for `tell`; the visitor's own are no key, whatever they are called.
convdemo.datasetKey = (name) => (name.startsWith("own-") ? `|${name}` : `dataset.${name}|${name}`);

// A number of seconds as [key, values].
convdemo.duration = (seconds) => {
  if (seconds < 10) return ["train.seconds", { seconds: seconds.toFixed(1) }];
  const whole = Math.round(seconds);
  if (whole < 60) return ["train.seconds", { seconds: whole }];
  if (whole < 3600) return ["train.minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 }];
  return ["train.hours", { hours: Math.floor(whole / 3600), minutes: Math.floor((whole % 3600) / 60) }];
};
