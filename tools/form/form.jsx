// Draws a connector specification roughly as Airbyte's page does: one card per group, what is optional folded.
import Form from "@rjsf/core";
import validator from "@rjsf/validator-ajv8";
import { createRoot } from "react-dom/client";

const { spec, unfolded, data } = window.shown;
const schema = spec.connectionSpecification;

const Help = ({ text }) => (text ? <div className="help" dangerouslySetInnerHTML={{ __html: text }} /> : null);

function Field({ id, label, help, required, errors, children, schema: own, hidden, displayLabel, rawDescription }) {
  if (hidden || own.airbyte_hidden || "const" in own) return <div style={{ display: "none" }}>{children}</div>;
  const examples = own.examples?.length ? <div className="examples">e.g. {own.examples.join(" · ")}</div> : null;
  return (
    <div className="field">
      {label && own.type !== "boolean" && (own.type !== "object" || own.oneOf) ? (
        <label htmlFor={id}>
          {label} {required ? <span className="required">required</span> : null}
        </label>
      ) : null}
      <Help text={rawDescription} />
      {children}
      {examples}
      {errors}
    </div>
  );
}

function Properties({ properties, schema: own, title, fieldPathId, idSchema }) {
  const order = (entry) => own.properties?.[entry.name]?.order ?? 0;
  const sorted = [...properties].sort((a, b) => order(a) - order(b));
  const isOpen = (entry) => own.required?.includes(entry.name) || own.properties?.[entry.name]?.always_show;
  const part = (entries) => (
    <>
      {entries.filter(isOpen).map((entry) => entry.content)}
      {entries.some((entry) => !isOpen(entry)) ? (
        <details open={unfolded}>
          <summary>Optional fields</summary>
          {entries.filter((entry) => !isOpen(entry)).map((entry) => entry.content)}
        </details>
      ) : null}
    </>
  );
  if (!own.groups) return <div className="inner">{part(sorted)}</div>;
  return own.groups.map((group) => (
    <section key={group.id}>
      <h2>{group.title}</h2>
      {part(sorted.filter((entry) => own.properties[entry.name].group === group.id))}
    </section>
  ));
}

const nothing = () => null;
const templates = {
  FieldTemplate: Field,
  ObjectFieldTemplate: Properties,
  DescriptionFieldTemplate: nothing,
  TitleFieldTemplate: nothing,
};

createRoot(document.getElementById("form")).render(
  <>
    <h1>{window.shown.title}</h1>
    <Form
      schema={schema}
      formData={data}
      validator={validator}
      templates={templates}
      uiSchema={{ "ui:submitButtonOptions": { submitText: "Set up and test" } }}
      noHtml5Validate
    />
  </>,
);
