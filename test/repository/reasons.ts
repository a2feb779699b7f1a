import ts from 'typescript';

/** Every node of the syntax of a text. */
function nodesOf(text: string): ts.Node[] {
  const all: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    all.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('any.ts', text, ts.ScriptTarget.Latest, true));
  return all;
}

/** The texts in a node, but for those that something is only compared with. */
function stringsIn(node: ts.Node): string[] {
  if (ts.isStringLiteral(node)) return [node.text];
  if (ts.isBinaryExpression(node) && /^[!=]==$/.test(node.operatorToken.getText())) return [];
  return node.getChildren().flatMap(stringsIn);
}

/** A node with all that is in it. */
function within(node: ts.Node): ts.Node[] {
  return [node, ...node.getChildren().flatMap(within)];
}

/** A name that stands for reasons: `reason`, `ROLLBACK_REASON`, `STATUS_REASONS`. */
function isReason(name: ts.Node | undefined): boolean {
  return name !== undefined && /^(reason|[A-Z_]*REASONS?)$/.test(name.getText());
}

/** Functions that other files import to make a reason with, and which argument is the reason. */
const IMPORTED = [
  { name: 'refuse', index: 0 },
  { name: 'nothing', index: 0 },
];

/** The reasons that a source can give: what is written for a field, a variable or an argument so called. */
export function reasonsIn(text: string): string[] {
  const nodes = nodesOf(text);
  const own = nodes.filter(ts.isFunctionDeclaration).flatMap(({ name, parameters }) => {
    const index = parameters.findIndex((parameter) => isReason(parameter.name));
    return name && index >= 0 ? [{ name: name.text, index }] : [];
  });
  const taking = [...own, ...IMPORTED];
  const givenBy = (call: ts.CallExpression): string[] =>
    nodes
      .filter(ts.isFunctionDeclaration)
      .filter(({ name }) => name?.text === call.expression.getText())
      .flatMap(({ body }) => (body ? stringsIn(body) : []));
  const found = nodes.flatMap((node) => {
    if (ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node)) {
      if (!isReason(node.name) || !node.initializer) return [];
      const called = within(node.initializer).filter(ts.isCallExpression);
      return [...stringsIn(node.initializer), ...called.flatMap(givenBy)];
    }
    if (ts.isPropertySignature(node)) return isReason(node.name) ? stringsIn(node) : [];
    if (!ts.isCallExpression(node)) return [];
    const called = taking.find(({ name }) => name === node.expression.getText());
    const given = called && node.arguments[called.index];
    return given ? stringsIn(given) : [];
  });
  return found.filter((one) => /^[A-Z][A-Za-z]+$/.test(one));
}
