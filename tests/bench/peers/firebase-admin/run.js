#!/usr/bin/env node
// Sends the pushes of a job with firebase-admin's sendEach, as many a call as may be in flight. It opens
// a connection for every call. Ends with 0 only if all were answered 200.
//
//   run JOB
'use strict';
const http2 = require('node:http2');
const { job, giveUp } = require('./job.js');

// FCM's host is a constant there, and it says ":scheme: https:", which Google puts up with and nghttpd does
// not. These two are changed, and nothing else.
const connect = http2.connect;
http2.connect = (_, ...rest) => {
  const session = connect(`https://localhost:${job.port}`, ...rest);
  const request = session.request;
  session.request = (headers, ...more) => {
    headers[':scheme'] = 'https';
    return request.call(session, headers, ...more);
  };
  return session;
};

const { initializeApp } = require('firebase-admin/app');
const { getMessaging } = require('firebase-admin/messaging');

const access = { access_token: job.access_token, expires_in: 3600 };
const messaging = getMessaging(
  initializeApp({
    projectId: job.project_id,
    credential: { getAccessToken: async () => access },
  }),
);

// What Paperboy's notification is in the words of this library.
const { notification, data, android } = job.message;
const { collapse_key: collapseKey, priority, notification: shown } = android;
const message = {
  notification,
  data,
  android: {
    collapseKey,
    priority,
    ttl: Number.parseInt(android.ttl, 10) * 1000,
    notification: { channelId: shown.channel_id, tag: shown.tag },
  },
};

async function sendAll() {
  for (let sent = 0; sent < job.pushes; sent += job.in_flight) {
    const count = Math.min(job.in_flight, job.pushes - sent);
    const messages = Array.from({ length: count }, (_, i) => ({
      ...message,
      token: job.fcm_tokens[(sent + i) % job.fcm_tokens.length],
    }));
    const { responses } = await messaging.sendEach(messages);
    const bad = responses.find((r) => !r.success);
    if (bad !== undefined) giveUp(bad.error);
  }
}

sendAll().then(() => process.exit(0), giveUp);
