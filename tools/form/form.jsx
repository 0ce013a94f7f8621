// Draws a connector specification roughly as Airbyte's page does: one card per group, what is optional folded.
import Form, { getDefaultRegistry } from "@rjsf/core";
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

// The platform presets nothing within an entry of a list, heads each entry by its values, and splits tag inputs.
function headOf(item) {
  if (item === null || typeof item !== "object") return null;
  const shown = Object.entries(item).filter(([, value]) => typeof value !== "object" && value !== "");
  return shown.map(([key, value]) => `${key}: ${value}`).join(" | ") || "New entry";
}

function Entries({ items, canAdd, onAddClick, formData }) {
  return (
    <div className="entries">
      {items.map((item, index) => (
        <div className="entry" key={index}>
          <h3>{headOf(formData?.[index])}</h3>
          {item.children ?? item}
        </div>
      ))}
      {canAdd ? (
        <button type="button" onClick={onAddClick}>
          Add
        </button>
      ) : null}
    </div>
  );
}

const SEPARATORS = /[,;]/;

function Tags({ id, schema: own, formData, onChange, title, name }) {
  const split = (text) => text.split(SEPARATORS).map((part) => part.trim()).filter(Boolean);
  return (
    <div className="tags">
      {(formData ?? []).map((tag) => (
        <span className="tag" key={tag}>
          {tag}
        </span>
      ))}
      <input id={id} placeholder={own.title ?? title ?? name} onBlur={(event) => onChange(split(event.target.value))} />
    </div>
  );
}

function ArrayField(props) {
  const Plain = props.registry.fields.PlainArrayField ?? getDefaultRegistry().fields.ArrayField;
  return props.schema.items?.type === "string" ? <Tags {...props} id={props.idSchema?.$id} /> : <Plain {...props} />;
}

const nothing = () => null;
const templates = {
  FieldTemplate: Field,
  ObjectFieldTemplate: Properties,
  DescriptionFieldTemplate: nothing,
  TitleFieldTemplate: nothing,
  ArrayFieldTemplate: Entries,
};

createRoot(document.getElementById("form")).render(
  <>
    <h1>{window.shown.title}</h1>
    <Form
      schema={schema}
      formData={data}
      validator={validator}
      templates={templates}
      fields={{ ArrayField }}
      experimental_defaultFormStateBehavior={{ emptyObjectFields: "skipDefaults" }}
      uiSchema={{ "ui:submitButtonOptions": { submitText: "Set up and test" } }}
      noHtml5Validate
    />
  </>,
);
