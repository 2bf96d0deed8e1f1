function NAMEdecorate(decorators, target, key, descriptor) {
  const ofClass = arguments.length < 3, { Object } = globalThis;
  let value = ofClass ? target : descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
  for (let i = decorators.length - 1; i >= 0; i--) {
    const decorator = decorators[i];
    if (decorator) value = (ofClass ? decorator(value) : decorator(target, key, value)) || value;
  }
  if (!ofClass && value) Object.defineProperty(target, key, value);
  return value;
}
function NAMEdecorateParam(index, decorator) {
  return (target, key) => { decorator(target, key, index); };
}
function NAMEdecorateMetadata(key, value) {
  const { Reflect } = globalThis;
  return typeof Reflect?.metadata === "function" ? Reflect.metadata(key, value) : undefined;
}
