// The rules that import-query.mjs imports.
const steps = [290, 340, 410];

export const centsFor = (id) => steps[Number(id) % steps.length];
