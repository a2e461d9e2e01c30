/** The task for pools that call a module's default export: piscina and tinypool. */
export default (x) => x + 1;
