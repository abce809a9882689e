// A catalog backend of Backstage with the plugins of the npm packages beside it, on 127.0.0.1 and with its data in memory.
//   node backend.cjs --config app-config.yaml
const { createRequire } = require('node:module');
const packages = createRequire(process.env.PACKAGES + '/');
const { createBackend } = packages('@backstage/backend-defaults');
const backend = createBackend();
backend.add(Promise.resolve(packages('@backstage/plugin-catalog-backend')));
backend.start();
