import { renderToString } from 'react-dom/server.edge';

function Row({ number }) {
  return (
    <tr className="row">
      <td>{number}</td>
      <td>{`item ${number}`}</td>
    </tr>
  );
}

export default {
  fetch() {
    const rows = Array.from({ length: 50 }, (_, number) => <Row key={number} number={number} />);
    const html = renderToString(<table><tbody>{rows}</tbody></table>);
    return new Response(html, { headers: { 'content-type': 'text/html' } });
  },
};
