// Checks a template of Backstage's scaffolder against its schema: node template.cjs TEMPLATE
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const packages = createRequire(process.env.PACKAGES + '/');
const yaml = packages('yaml');
const { templateEntityV1beta3Validator } = packages('@backstage/plugin-scaffolder-common');

const text = readFileSync(process.argv[2], 'utf8');
const entity = yaml.parse(text);
(async () => {
  if (!(await templateEntityV1beta3Validator.check(entity))) throw new Error('this is no template');
  const wrong = { ...entity, spec: { ...entity.spec, steps: 'none' } };
  const refused = await templateEntityV1beta3Validator.check(wrong).catch(() => false);
  if (refused) throw new Error('the schema accepts a template without steps');
  console.log(`${process.argv[2]}: ${entity.spec.steps.length} steps`);
})().catch(error => {
  console.error(error.message);
  process.exit(1);
});
