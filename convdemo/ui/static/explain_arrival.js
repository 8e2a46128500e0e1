// The way into the Explain tab from other tabs. Gradio builds a tab when it is first opened: what is
// sent there may have to wait until there is somebody to take it.
(() => {
  let waiting = null; // {picture, model}
  let take = null;

  function deliver() {
    if (!take || !waiting) return;
    const sent = waiting;
    waiting = null;
    take(sent);
  }

  // Opens the tab with a picture, as Python needs it, and the name of a model.
  convdemo.explain = (sent) => {
    const tab = document.querySelector("#convdemo-tabs [role=tab][data-tab-id=explain]");
    if (!tab) return;
    waiting = sent;
    tab.click();
    tab.focus(); // which brings it into view, too
    window.scrollTo({ top: 0 });
    deliver();
  };

  // `onArrival` gets what is sent, and what has been sent already.
  convdemo.explainArrivals = (onArrival) => {
    take = onArrival;
    deliver();
  };
})();
