// What the peers of Node have in common; ops/peers puts it beside each.
'use strict';
const fs = require('node:fs');

// The job that tests/bench/peers.cpp wrote.
const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

// Calls `send` for each push, with its number, and keeps job.in_flight of them under way.
async function sendAll(send) {
  let next = 0;
  const sender = async () => {
    while (next < job.pushes) await send(next++);
  };
  await Promise.all(Array.from({ length: job.in_flight }, sender));
}

function giveUp(why) {
  const text = why instanceof Error ? why.message : JSON.stringify(why);
  console.error(`${require('./package.json').name}: ${text}`);
  process.exit(1);
}

module.exports = { job, sendAll, giveUp };
