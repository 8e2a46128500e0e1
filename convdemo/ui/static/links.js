// How the tabs are set stands in the address, all but what is usual: a link shows the same elsewhere.
(() => {
  const LONGEST = 400; // characters of a value, as Python takes them
  const PAUSE = 250; // milliseconds: a browser takes no more than some 100 addresses in 30 seconds
  const held = new Map(); // "TAB.NAME": what stands in the address, null for nothing
  let waiting = 0;

  // What the page was opened with, for Python.
  convdemo.opened = location.search.slice(0, 16_000);

  // An example by its folder and name; what somebody brought is their own and stays here.
  function example(source) {
    const { example, job } = (typeof source === "string" ? source && JSON.parse(source) : source) || {};
    return example ? [job, example].filter(Boolean).join("/") : null;
  }

  convdemo.linked = (tab, about, values) => {
    const led = about.some(({ leads, first }, at) => leads && values[at] !== first);
    about.forEach(({ name, first, only }, at) => {
      const [value, usual] = name === "example" ? [values[at], first].map(example) : [values[at], first];
      const stays = value ?? null;
      const left = stays === null || (only && !only.includes(value)) || (value === usual && !led) || `${value}`.length > LONGEST;
      held.set(`${tab}.${name}`, left ? null : `${value}`);
    });
    clearTimeout(waiting);
    waiting = setTimeout(write, PAUSE);
  };

  convdemo.unlink = (names) => {
    for (const name of names ?? []) held.set(name, null);
    write();
  };

  function write() {
    clearTimeout(waiting);
    const address = new URL(location.href);
    for (const [name, value] of held) {
      if (value === null) address.searchParams.delete(name);
      else address.searchParams.set(name, value);
    }
    if (address.href !== location.href) history.replaceState(history.state, "", address);
    return location.href;
  }
  addEventListener("popstate", write); // the tabs are as they were left

  // The address as it is now, in the clipboard; also where a page without https may not write there.
  convdemo.copyLink = async () => {
    const address = write();
    if (navigator.clipboard) return navigator.clipboard.writeText(address);
    const field = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: address }));
    field.select();
    document.execCommand("copy");
    field.remove();
  };
})();
