#!/usr/bin/env node
// Sends the pushes of a job with npm's apns2, over one connection. Ends with 0 only if all were answered
// 200. From version 12 on that library's port is a constant.
//
//   run JOB
'use strict';
const { ApnsClient, Notification } = require('apns2');
const { job, sendAll, giveUp } = require('./job.js');

const client = new ApnsClient({
  team: job.team_id,
  keyId: job.key_id,
  signingKey: job.key,
  defaultTopic: job.topic,
  host: `localhost:${job.port}`,
});
const { aps, ...data } = JSON.parse(job.body);

sendAll((n) => client.send(new Notification(job.tokens[n % job.tokens.length], { aps, data }))).then(
  () => process.exit(0),
  giveUp,
);
