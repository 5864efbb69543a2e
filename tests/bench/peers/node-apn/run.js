#!/usr/bin/env node
// Sends the pushes of a job with @parse/node-apn, over one connection. Ends with 0 only if all were
// answered 200.
//
//   run JOB
'use strict';
const apn = require('@parse/node-apn');
const { job, sendAll, giveUp } = require('./job.js');

const provider = new apn.Provider({
  token: { key: job.key, keyId: job.key_id, teamId: job.team_id },
  address: 'localhost',
  port: job.port,
});
// As its documentation shows: one notification for all, of which the text is made once.
const body = JSON.parse(job.body);
const notification = new apn.Notification({ topic: job.topic, pushType: 'alert', rawPayload: body });

sendAll(async (n) => {
  const { failed } = await provider.send(notification, job.tokens[n % job.tokens.length]);
  if (failed.length > 0) giveUp(failed[0]);
}).then(() => provider.shutdown(), giveUp);
