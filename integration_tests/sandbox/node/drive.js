"use strict";
// Makes calls with one of the clients. Reads {client, url, key, calls} as JSON from standard input and writes one
// {name, answer} or {name, error} per call. A call may keep a value of its answer for those that come after it.

const marketing = (url, key) => {
  const client = require("@mailchimp/mailchimp_marketing");
  client.setConfig({ apiKey: key, server: "us1" });
  client.lists.apiClient.basePath = url;
  return (call) => {
    const [family, method] = call.name.split(".");
    return client[family][method](...call.args);
  };
};

const plain = (url, key) => {
  const Mailchimp = require("mailchimp-api-v3");
  const client = new Mailchimp(key);
  client.__base_url = url;
  return (call) => {
    if (call.batch) return client.batch(call.batch, { interval: 50, wait: true, unpack: true, verbose: false });
    return client.request({ method: call.method, path: call.path, body: call.body === null ? undefined : call.body });
  };
};

const filled = (value, known) => {
  const text = JSON.stringify(value);
  const put = (all, name) => (name in known ? String(known[name]) : all);
  return JSON.parse(text.replace(/\{([a-z_]+)\}/g, put));
};

const at = (answer, place) => place.split(".").reduce((part, name) => part[name], answer);

const main = async () => {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const order = JSON.parse(Buffer.concat(chunks).toString());
  const make = { marketing, plain }[order.client](order.url, order.key);
  const known = order.known;
  const done = [];
  for (const call of order.calls) {
    try {
      const answer = await make(filled(call, known));
      if (call.keep) known[call.keep[0]] = at(answer, call.keep[1]);
      done.push({ name: call.name, answer: answer === undefined ? null : answer });
    } catch (error) {
      done.push({ name: call.name, error: String((error.response && error.response.text) || error.message || error) });
    }
  }
  process.stdout.write(JSON.stringify(done));
};

main();
